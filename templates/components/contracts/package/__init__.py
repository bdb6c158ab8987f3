"""What the contexts say to each other: versioned requests, answers and events.

Depends on nothing but the standard library. A published class never changes its meaning: fields may
be added with a default; anything else is a new class with a new version.
"""
