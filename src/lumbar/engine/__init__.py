"""The measures evaluated: static SQL on an engine, and the plain reference beside it."""
