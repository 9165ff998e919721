"""Servers that somebody else wrote, and what `loa` does with them."""
