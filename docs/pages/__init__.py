"""What the generated pages of the documentation hold, one module a kind of page."""
