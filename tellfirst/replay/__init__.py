"""Genuine histories of outages, played under our rules: what customers would have been told, beside what they were."""
