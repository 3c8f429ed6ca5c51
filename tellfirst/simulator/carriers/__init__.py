"""Truthful carriers over HTTP, in their own process: Twilio's texts, SendGrid's mail, customers texting back.

Nothing here imports the vendors' SDKs or the product's own carrier clients. The rules and signatures are a
second implementation on purpose, so that neither side can agree with itself by accident.
"""
