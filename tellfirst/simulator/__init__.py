"""A truthful stand-in for the world outside."""
