"""What a company knows of its customers and its network, out of its own files: read, check, stage, merge, report."""
