"""What operators run: `python -m catalog.commands.…`."""
