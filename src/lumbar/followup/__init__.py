"""Follow-up: where every counted episode stands, what the rate can still become, and whom to call (RULES §8)."""
