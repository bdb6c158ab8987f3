"""Who somebody is: registration, passwords, sessions, tokens."""
