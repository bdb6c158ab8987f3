"""What the templates of described contexts are filled with: names, types and lines of code."""
