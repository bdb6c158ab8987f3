"""What an operator or a developer runs: `python -m kit_kafka.commands.NAME`."""
