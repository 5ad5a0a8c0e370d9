"""Codes explained and coded text checked against dated terminology."""
