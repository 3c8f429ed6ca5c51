"""`python -m tellfirst.web`: serve the doors on 127.0.0.1. In production a reverse proxy with TLS stands before it."""

import gc

import uvicorn

from tellfirst import logs
from tellfirst.bootstrap import world
from tellfirst.checking import check_everything
from tellfirst.web.app import create_app, make_ready


def main() -> None:
    logs.begin()
    here = world()
    check_everything(here.settings)
    make_ready(here)
    # What was built lives as long as the process. To look through all of it for garbage took 140 ms of every now
    # and then, in which nobody was answered.
    gc.collect()
    gc.freeze()
    uvicorn.run(
        create_app(here),
        host=here.settings.web_host,
        port=here.settings.web_port,
        log_level="warning",
        access_log=False,
        # Its own handlers would print tracebacks past the mask.
        log_config=None,
        # Whose words about the client count is a setting of ours (web/limits.py), not the neighbour's address.
        proxy_headers=False,
        server_header=False,
    )


if __name__ == "__main__":
    main()
