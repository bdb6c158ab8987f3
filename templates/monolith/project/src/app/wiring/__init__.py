"""One module per context: which adapters its ports get in this process."""
