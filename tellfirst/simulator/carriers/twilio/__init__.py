"""Twilio's Messages and Calls resources, their callbacks, and customers who text."""
