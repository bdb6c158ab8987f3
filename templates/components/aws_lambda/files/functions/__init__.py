"""What of this image is a function; the only code here that knows whose functions these are."""
