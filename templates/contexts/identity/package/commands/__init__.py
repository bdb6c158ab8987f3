"""What operators run: `python -m identity.commands.…`."""
