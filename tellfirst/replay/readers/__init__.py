"""One reader per format in which companies' histories are kept; each yields a history, or why a record is none."""
