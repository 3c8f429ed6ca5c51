"""Measurements of tellfirst: each prints a table and leaves it as JSON below out/bench/."""
