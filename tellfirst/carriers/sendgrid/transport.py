"""A pooled transport for SendGrid's client: kept connections, explicit times, one try.

The client's own opens a connection and parses all CA certificates for every call (measured: 26 ms of CPU
a mail), knows no timeout until told, and follows redirects.
"""

import logging
import ssl
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import urllib3
from python_http_client import Client
from python_http_client.exceptions import HTTPError, err_dict
from urllib3.connection import HTTPSConnection
from urllib3.exceptions import NewConnectionError

# At DEBUG this logger prints the key and every address.
logging.getLogger("python_http_client").setLevel(logging.WARNING)


class SecureConnection(HTTPSConnection):
    """Tells a failed TLS handshake, before which nothing of a request has left, from a lost answer."""

    def connect(self) -> None:
        """Raises NewConnectionError for every way not to get a connection."""
        try:
            super().connect()
        except (OSError, urllib3.exceptions.HTTPError) as failed:
            raise NewConnectionError(self, type(failed).__name__) from failed


class SecurePool(urllib3.HTTPSConnectionPool):
    ConnectionCls = SecureConnection


def connection_pool(timeout: float, connect_timeout: float, connections: int) -> urllib3.PoolManager:
    """A pool that never retries; times in seconds."""
    pool = urllib3.PoolManager(
        maxsize=connections,
        retries=False,
        timeout=urllib3.Timeout(total=timeout, connect=connect_timeout),
        ssl_context=_trust(),
    )
    pool.pool_classes_by_scheme = {"http": urllib3.HTTPConnectionPool, "https": SecurePool}
    return pool


@cache
def _trust() -> ssl.SSLContext:
    """The machine's CA certificates, parsed once per process: 21 ms, and a pool is made for every chunk."""
    return ssl.create_default_context()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the shape of urllib's, which SendGrid's client reads."""

    status: int
    body: bytes
    headers: Mapping[str, str]

    def getcode(self) -> int:
        return self.status

    def read(self) -> bytes:
        return self.body

    def info(self) -> Mapping[str, str]:
        return self.headers


class PooledClient(Client):  # type: ignore[misc]  # the vendor ships no types
    """SendGrid's client over a pool; raises its own exceptions, or urllib3's when there is no answer."""

    def __init__(self, pool: urllib3.PoolManager, **settings: Any) -> None:
        super().__init__(**settings)
        self._pool = pool

    def _build_client(self, name: str | None = None) -> "PooledClient":
        return PooledClient(
            self._pool,
            host=self.host,
            version=self._version,
            request_headers=self.request_headers,
            url_path=[*self._url_path, name] if name else self._url_path,
            append_slash=self.append_slash,
            timeout=self.timeout,
        )

    def _make_request(self, opener: object, request: urllib.request.Request, timeout: object = None) -> Reply:
        body: Any = request.data  # always bytes: the client has made the JSON
        reply = self._pool.request(
            request.get_method(),
            request.full_url,
            body=body,
            headers=dict(request.header_items()),
            redirect=False,
        )
        if not 200 <= reply.status < 300:
            refused = err_dict.get(reply.status, HTTPError)
            raise refused(reply.status, reply.reason, reply.data, reply.headers)
        return Reply(reply.status, reply.data, reply.headers)
