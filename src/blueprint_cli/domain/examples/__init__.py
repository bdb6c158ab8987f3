"""Rows that a model's rules let pass, and rows that they just do not: found by a bounded search."""
