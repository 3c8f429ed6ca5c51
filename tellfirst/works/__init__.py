"""Announced work on its way in: read from notices, calendars and files, stored once, judged before it is announced."""
