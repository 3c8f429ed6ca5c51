"""Accounts of the control room: who may come in, what they may do, and the audit of what they did."""
