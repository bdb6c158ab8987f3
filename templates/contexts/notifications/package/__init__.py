"""Notifications: messages to users, each once, and by e-mail too."""
