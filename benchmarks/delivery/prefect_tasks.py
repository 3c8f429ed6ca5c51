"""One Prefect task per message, each calling the vendor's own client, on a real server.

    python -m benchmarks.delivery.prefect_tasks URL COUNT

The server is started first, on SQLite as it comes. The clock runs until it has recorded every task run: only then
could somebody look up who was told.
"""

import asyncio
import json
import os
import subprocess
import sys
import tempfile
import time

from benchmarks.delivery.processes import free_port, wait_until_ready

ENOUGH = 900.0
"""Seconds until the server must have recorded everything."""
THREADS = 10
"""As many as the client keeps connections."""


def main(url: str, count: int) -> None:
    with tempfile.TemporaryDirectory(prefix="tellfirst-bench-") as home:
        port = free_port()
        os.environ |= {
            "PREFECT_HOME": home,
            "PREFECT_API_URL": f"http://127.0.0.1:{port}/api",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_TO_API_ENABLED": "false",
        }
        command = [
            sys.executable,
            "-m",
            "prefect",
            "server",
            "start",
            "--host",
            "127.0.0.1",
            "--port",
            str(port),
        ]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
            try:
                wait_until_ready(f"http://127.0.0.1:{port}/api/health")
                told = _race(url, count)
            finally:
                server.terminate()
                try:
                    server.wait(60)
                except subprocess.TimeoutExpired:
                    server.kill()
    sys.stdout.write(json.dumps(told) + "\n")


def _race(url: str, count: int) -> dict[str, float]:
    # Imported here: Prefect reads its settings when it is imported.
    from prefect import flow, task
    from prefect.futures import wait
    from prefect.task_runners import ThreadPoolTaskRunner

    from benchmarks.delivery.stock import send_text, text_client

    client = text_client(url)

    @task(persist_result=False)
    def send(number: int) -> str:
        return send_text(client, number)

    @flow(task_runner=ThreadPoolTaskRunner(max_workers=THREADS), persist_result=False)
    def tell(first: int, many: int) -> None:
        wait([send.submit(number) for number in range(first, first + many)])

    tell(1, 2)
    asyncio.run(_recorded(2))
    began = time.time()
    tell(3, count)
    called = time.time()
    asyncio.run(_recorded(2 + count))
    return {"began": began, "called": called, "ended": time.time(), "accepted": count}


async def _recorded(count: int) -> None:
    from prefect import get_client
    from prefect.client.schemas.filters import TaskRunFilter, TaskRunFilterState, TaskRunFilterStateType
    from prefect.client.schemas.objects import StateType

    completed = TaskRunFilter(
        state=TaskRunFilterState(type=TaskRunFilterStateType(any_=[StateType.COMPLETED]))
    )
    until = time.monotonic() + ENOUGH
    async with get_client() as api:
        while time.monotonic() < until:
            answer = await api._client.post(
                "/task_runs/count", json={"task_runs": completed.model_dump(mode="json")}
            )
            if answer.status_code == 200 and answer.json() >= count:
                return
            await asyncio.sleep(0.25)
    raise TimeoutError(f"the server had not recorded {count} task runs within {ENOUGH:.0f} s")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
