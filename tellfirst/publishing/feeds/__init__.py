"""The same status for programs: news (Atom), planned work (iCalendar), a summary (JSON) and alerts (CAP)."""
