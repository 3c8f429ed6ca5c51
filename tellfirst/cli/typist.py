"""Who types: the actor of every command."""

import getpass

from tellfirst.domain.audit import Actor, Through


def typist(by: str = "") -> Actor:
    """`by` where somebody says for whom they type; else the account of this session."""
    return Actor(by or getpass.getuser(), Through.CLI)
