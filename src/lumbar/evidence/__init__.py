"""The evidence bundle: a result with all it was made by, in one archive whose every byte is accounted for."""
