"""Code lists of performance year 2024, one value set a file."""
