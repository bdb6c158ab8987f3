"""What an operator runs: `python -m analytics.commands.NAME`."""
