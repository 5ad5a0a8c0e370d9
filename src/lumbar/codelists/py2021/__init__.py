"""Code lists of performance year 2021, one value set a file."""
