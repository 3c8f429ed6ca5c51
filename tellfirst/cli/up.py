"""`tellfirst up`."""

from tellfirst.accounts import keeping
from tellfirst.bootstrap import World, world
from tellfirst.printing import out
from tellfirst.store.engine import reading
from tellfirst.supervisor import installation_up, prepare


def up() -> None:
    """Start everything: Prefect server, worker, deployments, web app, and carriers unless some are configured.

    Ctrl-C stops all of it; a second start goes on where this one was.
    """
    here = world()
    prepare(here)
    with installation_up(here, lambda text: out.print(text)) as running:
        out.print(f"\nincidents      {here.settings.prefect_url}/runs")
        out.print(f"control room   {here.settings.web_url}/room{_first_account(here)}")
        out.print(f"signals go to  {here.settings.web_url}/signals/alertmanager")
        out.print(f"their token is in {here.settings.home / 'secrets.json'}\n\nCtrl-C stops all of it")
        running.watch()


def _first_account(here: World) -> str:
    """Nobody can come in before somebody at this machine has let them."""
    with reading(here.engine) as connection:
        nobody = keeping.is_empty(connection)
    return "  (first `tellfirst account add NAME --roles operator approver`)" if nobody else ""
