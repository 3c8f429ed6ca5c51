"""Erasing a customer: what is known of them goes, what counts them stays, and no import brings them back."""
