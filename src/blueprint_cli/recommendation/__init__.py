"""From requirements to one of the three patterns, with reasons, numbers and doubts."""
