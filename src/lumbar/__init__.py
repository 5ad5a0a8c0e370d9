"""Postoperative outcome measurement for lumbar surgery."""
