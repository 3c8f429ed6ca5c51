"""`tellfirst up`."""

from tellfirst.bootstrap import world
from tellfirst.printing import out
from tellfirst.supervisor import installation_up, prepare


def up() -> None:
    """Start everything: Prefect server, worker, deployments, web app, and carriers unless some are configured.

    Ctrl-C stops all of it; a second start goes on where this one was.
    """
    here = world()
    prepare(here)
    with installation_up(here, lambda text: out.print(text)) as running:
        out.print(f"\nincidents      {here.settings.prefect_url}/runs")
        out.print(f"signals go to  {here.settings.web_url}/signals/alertmanager")
        out.print(f"their token is in {here.settings.home / 'secrets.json'}\n\nCtrl-C stops all of it")
        running.watch()
