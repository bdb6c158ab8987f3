"""A project's assumptions beside what was measured of it, and what is recommended then."""
