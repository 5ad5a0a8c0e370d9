"""Files that receivers take, each written from a result and recounted before it is released."""
