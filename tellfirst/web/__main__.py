"""`python -m tellfirst.web`: serve the doors on 127.0.0.1. A reverse proxy with TLS stands in front in production."""

import uvicorn

from tellfirst.bootstrap import world
from tellfirst.checking import check_everything
from tellfirst.web.app import create_app


def main() -> None:
    here = world()
    check_everything(here.settings)
    uvicorn.run(
        create_app(here), host="127.0.0.1", port=here.settings.web_port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
