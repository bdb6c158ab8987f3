"""What a pattern would cost a month, from dated price books."""
