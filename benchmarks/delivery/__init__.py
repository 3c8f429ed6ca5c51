"""How fast notices leave, are recorded and are confirmed: `make bench-delivery`."""
