"""Receipts: when they are due, what is done to them by plan, how they are signed and posted."""
