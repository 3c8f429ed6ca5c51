"""What every run imports, imported once."""

import gc
import importlib
import os
import pkgutil
import threading

import flows

ENGINE = (
    "prefect.engine",
    "prefect.flow_engine",
    "prefect.task_engine",
    "prefect.deployments.steps.core",
    "prefect._internal.metrics",
    "prefect._internal.states",
    "prefect.utilities.visualization",
    "anyio._backends._asyncio",
    "fastapi",
    "rich._emoji_codes",
)
"""What Prefect imports for a run, some of it only on the way."""
DIALECTS = ("sqlalchemy.dialects.sqlite", "sqlalchemy.dialects.postgresql.psycopg", "psycopg")
LATER = ("tellfirst.review.closing", "twilio.rest.api", "twilio.rest.api.v2010")
"""What flows import only when they get there."""


def preload() -> None:
    """Prefect's engine, all flows and what they use. Raises RuntimeError when a thread has begun: it would be
    missing in every fork, with the locks it held."""
    # numpy's threads begin when it is imported.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    ours = [f"flows.{one.name}" for one in pkgutil.iter_modules(flows.__path__)]
    for name in (*ENGINE, *ours, *DIALECTS, *LATER):
        importlib.import_module(name)
    if threading.active_count() > 1:
        names = ", ".join(one.name for one in threading.enumerate())
        raise RuntimeError(f"something that flows import starts threads ({names}); runs cannot be forked")
    gc.collect()
    # The memory of what was imported stays shared: a fork that looked through it would copy it.
    gc.freeze()
