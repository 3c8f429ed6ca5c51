"""What customers bring, matched to what we know, and answered from the same facts."""
