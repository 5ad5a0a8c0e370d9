"""Code lists of performance year 2018, one value set a file."""
