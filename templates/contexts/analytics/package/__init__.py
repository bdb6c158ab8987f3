"""Analytics: what was ordered and sold, told from the events of the other contexts."""
