"""Warm starts: runs of flows are forked from a process that has already imported everything they need.

Prefect's worker starts the light `launcher` for each run. It hands environment, working directory and its three open
files to the preloaded process of its worker over a Unix socket, and ends as the fork ends. Where there is no preloaded
process, or its code is an older one, the launcher becomes the stock command. docs/decisions/0022 says why.
"""
