"""`python -m tellfirst`."""

from tellfirst.cli import main

main()
