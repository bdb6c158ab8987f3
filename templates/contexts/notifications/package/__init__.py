"""Notifications: what a user is told, once, and by e-mail too."""
