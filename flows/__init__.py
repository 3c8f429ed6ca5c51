"""The story: one flow per step, one for an incident from first signal to closed, one that keeps time."""
