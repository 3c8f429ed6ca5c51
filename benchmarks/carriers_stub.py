"""A server that reads nothing and answers everything alike: the floor beneath the simulated carriers."""

import asyncio
import sys
from typing import cast

import uvloop

ANSWER = b"HTTP/1.1 201 Created\r\nContent-Type: application/json\r\nContent-Length: 800\r\n\r\n" + b" " * 800


class Stub(asyncio.Protocol):
    """Answers each packet; the client sends one request in each."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(ANSWER)


async def serve() -> None:
    """Serve on a free port of loopback, which is the first line printed, until killed."""
    server = await asyncio.get_running_loop().create_server(Stub, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve())
