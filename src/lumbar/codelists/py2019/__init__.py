"""Code lists of performance year 2019, one value set a file."""
