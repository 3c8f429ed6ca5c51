"""What Prefect must know about each step: its name, retries, time limits; and one call inward."""
