"""Listening, and ending without waiting for anybody."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tellfirst.simulator.carriers.http.connection import Connection, Respond

BACKLOG = 1024


@asynccontextmanager
async def serving(respond: Respond, host: str, port: int) -> AsyncIterator[int]:
    """Serve `respond` while the block runs; gives the port, a free one for 0. Raises OSError if it is taken.

    At the end every connection is dropped at once, held and half-given answers included.
    """
    connections: set[Connection] = set()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(respond, connections), host, port, backlog=BACKLOG)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for connection in list(connections):
            connection.transport.abort()
