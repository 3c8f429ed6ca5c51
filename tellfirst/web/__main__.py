"""`python -m tellfirst.web`: serve the doors on 127.0.0.1. In production a reverse proxy with TLS stands before it."""

import uvicorn

from tellfirst.bootstrap import world
from tellfirst.checking import check_everything
from tellfirst.web.app import create_app


def main() -> None:
    here = world()
    check_everything(here.settings)
    uvicorn.run(
        create_app(here),
        host=here.settings.web_host,
        port=here.settings.web_port,
        log_level="warning",
        access_log=False,
    )


if __name__ == "__main__":
    main()
