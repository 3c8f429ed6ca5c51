"""Signals in, one file per source, and their correlation into incidents."""
