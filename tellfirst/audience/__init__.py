"""Exactly whom an incident hurts, with the reason, by revision."""
