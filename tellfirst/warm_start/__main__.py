"""`python -m tellfirst.warm_start SOCKET`: the preloaded process of one worker."""

import sys
from pathlib import Path

from tellfirst.warm_start.code_version import code_version


def main() -> None:
    path = Path(sys.argv[1]).resolve()
    # Before anything is imported: what is edited meanwhile counts as changed.
    imported = code_version()
    from tellfirst.warm_start.preloading import preload

    preload()
    from tellfirst.warm_start.becoming import become
    from tellfirst.warm_start.forking import Forks, listen

    launcher = Forks(listen(path), is_current=lambda: code_version() == imported).serve()
    if launcher is not None:
        become(launcher)


if __name__ == "__main__":
    main()
