"""Code lists of performance year 2025, one value set a file."""
