"""Two results compared: which rows changed, and why, by judging again with one thing changed at a time."""
