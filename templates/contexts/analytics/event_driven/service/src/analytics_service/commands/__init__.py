"""What an operator runs: `python -m analytics_service.commands.NAME`."""
