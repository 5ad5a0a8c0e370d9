"""Code lists of performance year 2023, one value set a file."""
