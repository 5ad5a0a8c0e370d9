"""The outcome table as a file of its own: what each privacy level holds, and one writer a form of file."""
