"""Readers: records in, clinical tables and rejected rows out; every row accounted for."""
