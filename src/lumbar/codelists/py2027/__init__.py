"""Code lists of performance year 2027, one value set a file."""
