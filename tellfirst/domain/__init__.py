"""Nouns and rules as values and functions: the standard library only, and time is an argument."""
