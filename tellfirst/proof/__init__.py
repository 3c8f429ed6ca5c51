"""The proof: real workers killed, stopped and misled while they send, and what came of it held against the truth."""
