"""Doors for monitors, carriers and customers. Whatever comes in is checked before it is read."""
