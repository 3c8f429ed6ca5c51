"""What the control room and its API show: read here once for both."""
