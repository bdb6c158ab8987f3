"""Orders: placing, cancelling, and the process that settles every order."""
