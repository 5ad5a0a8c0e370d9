"""Asking for scores, as data: how patients answer, when and whom to call, and which groups answer less.

CSV files beside this one, each row with its basis and how sure we are of it.
"""
