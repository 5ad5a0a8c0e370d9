"""Code lists of performance year 2022, one value set a file."""
