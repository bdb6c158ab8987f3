"""Many projects at once: how they stand, what a candidate would do to them, a branch for each."""
