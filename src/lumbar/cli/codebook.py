"""Commands on codes alone: code, lint."""
