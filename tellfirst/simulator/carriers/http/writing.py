"""How answers are put on the wire, whole or spoilt in the manner they ask for."""

import asyncio
import socket
import struct
from http import HTTPStatus
from itertools import pairwise

from tellfirst.simulator.carriers.http.message import Answer, Manner

DRIBBLE_PIECES = 8

_REASONS = {status.value: status.phrase for status in HTTPStatus}
_ABORT = struct.pack("ii", 1, 0)
"""SO_LINGER on, for no time: closing then sends a reset instead of an orderly end."""


def write(transport: asyncio.Transport, answer: Answer, *, keep_alive: bool) -> bool:
    """Put `answer` on the wire if that needs no waiting; whether it was done."""
    if answer.wait_for is not None or not isinstance(answer.body, bytes):
        return False
    match answer.manner:
        case Manner.WHOLE:
            transport.write(head(answer, keep_alive=keep_alive) + answer.body)
            if not keep_alive:
                transport.close()
        case Manner.HALF:
            transport.write(head(answer, keep_alive=keep_alive) + answer.body[: len(answer.body) // 2])
            transport.close()
        case Manner.RESET:
            reset(transport)
        case _:
            return False
    return True


async def write_slowly(
    transport: asyncio.Transport, writable: asyncio.Event, answer: Answer, *, keep_alive: bool
) -> None:
    """Put any `answer` on the wire, over time if it wants that; `writable` is cleared while the client lags."""
    if answer.manner is Manner.HELD:
        await asyncio.sleep(answer.seconds)
        transport.close()
    elif not isinstance(answer.body, bytes):
        await _write_chunks(transport, writable, answer, keep_alive=keep_alive)
    elif answer.manner is Manner.DRIBBLED:
        transport.write(head(answer, keep_alive=keep_alive))
        for piece in _pieces(answer.body):
            await asyncio.sleep(answer.seconds / DRIBBLE_PIECES)
            transport.write(piece)
        if not keep_alive:
            transport.close()
    else:
        # `write` declined it only because it had to be waited for, which is over.
        write(
            transport,
            Answer(answer.status, answer.body, answer.headers, answer.content_type, answer.manner),
            keep_alive=keep_alive,
        )


def reset(transport: asyncio.Transport) -> None:
    """End the connection with a TCP reset, so that the client cannot take it for an answer's end."""
    connected = transport.get_extra_info("socket")
    if connected is not None and not transport.is_closing():
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORT)
    transport.abort()


def refusal(status: int) -> bytes:
    """A whole answer to a request that could not be read; it ends the connection."""
    answer = Answer(status, b'{"error":"' + _REASONS[status].encode("ascii") + b'"}')
    assert isinstance(answer.body, bytes)
    return head(answer, keep_alive=False) + answer.body


def head(answer: Answer, *, keep_alive: bool) -> bytes:
    """Status line and headers, with the empty line after them."""
    lines = f"HTTP/1.1 {answer.status} {_REASONS.get(answer.status, 'Unknown')}\r\n"
    if not isinstance(answer.body, bytes):
        lines += f"Content-Type: {answer.content_type}\r\nTransfer-Encoding: chunked\r\n"
    elif answer.body:
        lines += f"Content-Type: {answer.content_type}\r\nContent-Length: {len(answer.body)}\r\n"
    else:
        lines += "Content-Length: 0\r\n"
    for name, value in answer.headers:
        lines += f"{name}: {value}\r\n"
    if not keep_alive:
        lines += "Connection: close\r\n"
    return (lines + "\r\n").encode("latin-1")


async def _write_chunks(
    transport: asyncio.Transport, writable: asyncio.Event, answer: Answer, *, keep_alive: bool
) -> None:
    transport.write(head(answer, keep_alive=keep_alive))
    assert not isinstance(answer.body, bytes)
    for piece in answer.body:
        if transport.is_closing():
            return
        transport.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        await writable.wait()
        # A long answer must not hold up the carriers.
        await asyncio.sleep(0)
    transport.write(b"0\r\n\r\n")
    if not keep_alive:
        transport.close()


def _pieces(body: bytes) -> list[bytes]:
    cuts = [len(body) * number // DRIBBLE_PIECES for number in range(DRIBBLE_PIECES + 1)]
    return [body[start:end] for start, end in pairwise(cuts)]
