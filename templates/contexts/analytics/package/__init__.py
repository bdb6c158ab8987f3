"""Analytics: what was ordered and sold, from the events of the other contexts."""
