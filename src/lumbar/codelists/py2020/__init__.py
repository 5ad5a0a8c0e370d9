"""Code lists of performance year 2020, one value set a file."""
