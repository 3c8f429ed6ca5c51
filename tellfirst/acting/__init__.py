"""What people do about incidents and contacts, in one place for the terminal, the control room and the JSON API.

An act is one transaction with its entry in the audit; afterwards the incident's run is woken (`World` and a name in,
what was done out). Whoever calls must have asked whether the actor may: at a terminal the system did.
"""
