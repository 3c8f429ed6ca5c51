"""The gate, the invitation, the answer. Never ask before telling."""
