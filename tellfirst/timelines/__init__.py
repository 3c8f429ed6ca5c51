"""Playbooks, promises, and what is due when."""
