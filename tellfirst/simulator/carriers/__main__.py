"""Run the simulated carriers: python -m tellfirst.simulator.carriers --config FILE.json [--port N]."""

import argparse
import asyncio
import signal
import sys
from pathlib import Path

from aiohttp import web

from tellfirst.simulator.carriers.app import build
from tellfirst.simulator.carriers.config import Config, read_config

HOST = "127.0.0.1"
SHUTDOWN_SECONDS = 1.0


async def serve(config: Config, port: int) -> None:
    """Serve on loopback until SIGTERM or SIGINT; port 0 takes a free one. One line says when it listens."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(build(config), access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        sys.stdout.write(f"carriers ready on http://{HOST}:{runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await stop.wait()
    finally:
        await runner.cleanup()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tellfirst.simulator.carriers", description=__doc__)
    parser.add_argument("--config", type=Path, required=True, metavar="FILE")
    parser.add_argument("--port", type=int, metavar="N", help="instead of the port in the configuration")
    arguments = parser.parse_args()
    try:
        config = read_config(arguments.config)
        asyncio.run(serve(config, config.port if arguments.port is None else arguments.port))
    except (ValueError, OSError) as error:
        sys.stderr.write(f"The carriers cannot run. {error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
