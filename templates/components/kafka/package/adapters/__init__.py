"""The tables of the consumers, and their migrations."""
