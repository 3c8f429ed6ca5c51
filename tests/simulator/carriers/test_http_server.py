"""The HTTP server as a client finds it, good clients and bad ones, over raw sockets."""

import socket
from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest
from carriers_under_test import LoopThread

from tellfirst.simulator.carriers.http.answers import json_answer
from tellfirst.simulator.carriers.http.message import Answer, Request
from tellfirst.simulator.carriers.http.router import Router
from tellfirst.simulator.carriers.http.server import serving

MIB = 1024 * 1024


def echo(request: Request) -> Answer:
    return json_answer({"size": len(request.body), "query": request.query, "type": request.content_type})


def fail(request: Request) -> Answer:
    raise RuntimeError("a handler at fault")


def many(request: Request) -> Answer:
    return Answer(200, iter([b"x" * 1000] * 3000))


@pytest.fixture
def port(loop_thread: LoopThread) -> Iterator[int]:
    router = Router()
    router.add("POST", "/echo", echo)
    router.add("GET", "/echo", echo)
    router.add("GET", "/fail", fail)
    router.add("GET", "/many", many)
    router.add("GET", "/things/{name}.json", lambda request, name: json_answer({"name": name}))
    life = AsyncExitStack()
    yield loop_thread.run(life.enter_async_context(serving(router.answer, "127.0.0.1", 0)))
    loop_thread.run(life.aclose())


def said(port: int, *parts: bytes, until_end: bool = True) -> bytes:
    """What the server says to `parts`, up to the end of the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
        heard = b""
        while piece := connection.recv(65536):
            heard += piece
        return heard


def test_a_connection_is_kept_and_answers_keep_their_order(port: int) -> None:
    first, second = b"GET /echo?n=1 HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /echo?n=2 HTTP/1.1\r\nHost: x\r\n"
    heard = said(port, first, second + b"Connection: close\r\n\r\n")
    assert heard.index(b'{"n":"1"}') < heard.index(b'{"n":"2"}')
    assert heard.count(b"HTTP/1.1 200 OK") == 2


def test_requests_in_one_packet_are_answered_in_order(port: int) -> None:
    line = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
    heard = said(port, line % b"many" + line % b"things/a.json" + b"GET /echo HTTP/1.0\r\n\r\n")
    assert heard.index(b"x" * 1000) < heard.index(b'{"name":"a"}') < heard.index(b'"size":0')


def test_a_request_in_pieces_is_put_together(port: int) -> None:
    whole = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello"
    assert b'"size":5' in said(port, *(whole[at : at + 1] for at in range(len(whole))))


def test_a_chunked_body_is_read(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert b'"size":11' in said(port, head, b"5\r\nhello\r\n", b"6\r\n world\r\n", b"0\r\n\r\n")


def test_a_body_of_thirty_mebibytes_is_read(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (30 * MIB)
    assert b'"size":31457280' in said(port, head, bytes(30 * MIB))


def test_a_body_announced_too_large_is_refused_before_it_comes(port: int) -> None:
    heard = said(port, b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % (32 * MIB))
    assert heard.startswith(b"HTTP/1.1 413 ")


def test_a_chunked_body_that_grows_too_large_is_refused(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        try:
            for _ in range(40):
                connection.sendall(b"100000\r\n" + bytes(MIB) + b"\r\n")
        except ConnectionError:
            return
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_headers_without_end_are_refused(port: int) -> None:
    heard = said(port, b"GET /echo HTTP/1.1\r\n", b"x-more: " + b"y" * 70_000 + b"\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 431 ")


@pytest.mark.parametrize(
    "nonsense",
    [
        b"nonsense\r\n\r\n",
        b"GET\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: five\r\n\r\n",
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    ],
)
def test_what_is_no_request_is_refused_and_the_server_goes_on(port: int, nonsense: bytes) -> None:
    assert said(port, nonsense).startswith(b"HTTP/1.1 400 ")
    assert b"200 OK" in said(port, b"GET /echo HTTP/1.0\r\n\r\n")


def test_a_client_that_asks_is_told_to_go_on(port: int) -> None:
    head = b"POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n"
    heard = said(port, head + b"Connection: close\r\n\r\n", b"hi")
    assert heard.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")


def test_a_handler_at_fault_is_answered_and_the_connection_goes_on(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    line = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
    heard = said(port, line % b"fail", line % b"echo", b"GET /echo HTTP/1.0\r\n\r\n")
    assert heard.startswith(b"HTTP/1.1 500 ")
    assert heard.count(b"200 OK") == 2
    assert "A handler failed" in caplog.text


def test_a_long_answer_is_sent_in_chunks(port: int) -> None:
    heard = said(port, b"GET /many HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    head, _, body = heard.partition(b"\r\n\r\n")
    assert b"Transfer-Encoding: chunked" in head
    assert body.count(b"x") == 3_000_000
    assert body.endswith(b"0\r\n\r\n")


@pytest.mark.parametrize(
    ("line", "status"),
    [
        (b"GET /nothing HTTP/1.0", b"404"),
        (b"GET / HTTP/1.0", b"404"),
        (b"DELETE /echo HTTP/1.0", b"405"),
        (b"GET /things/.json HTTP/1.0", b"404"),
        (b"GET /things/a/b.json HTTP/1.0", b"404"),
        (b"GET /things/a.json HTTP/1.0", b"200"),
    ],
)
def test_a_path_finds_its_handler(port: int, line: bytes, status: bytes) -> None:
    assert said(port, line + b"\r\n\r\n").split()[1] == status
