"""Code lists of performance year 2026, one value set a file."""
