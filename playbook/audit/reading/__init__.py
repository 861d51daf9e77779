"""Readers: a file of any language becomes the same tokens, and tokens become the same shallow syntax."""
