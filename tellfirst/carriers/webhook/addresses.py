"""Where we may post to. A customer chooses the address, so it must not lead into our own network (SSRF).

The check is made on the numbers a name resolves to, in the resolver of the connection itself: a name that is
looked up once to be checked and again to be used can answer differently (DNS rebinding).
"""

import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aiohttp import ThreadedResolver
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from tellfirst.carriers.webhook.settings import WebhookSettings

LONGEST = 2_000
NAT64 = ip_network("64:ff9b::/96")
"""RFC 6052: an IPv4 address in its last four bytes."""
Address = IPv4Address | IPv6Address


class ForbiddenAddress(OSError):
    """We do not post there. Says no more, for the address is a customer's."""


class Gate:
    """Knows which addresses are public, and which others the settings allow."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._allow_loopback = settings.allow_loopback
        self._allowed = [ip_network(network) for network in settings.private_networks]

    def checked(self, address: str) -> URL:
        """The address as an URL whose name is still to be resolved. Raises ForbiddenAddress."""
        try:
            url = URL(address) if len(address) <= LONGEST and address.isprintable() else URL()
            host, port = url.host, url.port
        except ValueError:
            raise ForbiddenAddress from None
        schemes = ("https", "http") if self._allow_loopback else ("https",)
        if url.scheme not in schemes or not host or not port or url.user or url.password:
            raise ForbiddenAddress
        number = _number(host)
        if not self.permits(number) if number is not None else _is_disguised(host):
            raise ForbiddenAddress
        if url.scheme == "http" and host != "localhost" and not (number and number.is_loopback):
            raise ForbiddenAddress
        return url

    def permits(self, number: Address) -> bool:
        """Whether we may connect to this address, and to what may hide in it."""
        hidden = _hidden_in(number)
        if hidden is not None:
            return self.permits(hidden)
        if number.is_loopback:
            return self._allow_loopback
        if any(number in network for network in self._allowed):
            return True
        return number.is_global and not (number.is_multicast or number.is_reserved)


class GuardedResolver(AbstractResolver):
    """Resolves names, and refuses one of whose addresses any leads where we do not post."""

    def __init__(self, gate: Gate, names: AbstractResolver | None = None) -> None:
        self._gate = gate
        self._names = names or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Raises ForbiddenAddress, or OSError for a name that does not resolve."""
        found = await self._names.resolve(host, port, family)
        for one in found:
            number = _number(one["host"])
            if number is None or not self._gate.permits(number):
                raise ForbiddenAddress
        return found

    async def close(self) -> None:
        await self._names.close()


def _number(host: str) -> Address | None:
    try:
        return ip_address(host.partition("%")[0])
    except ValueError:
        return None


def _is_disguised(host: str) -> bool:
    """A number written in another way (`2130706433`, `127.1`), or a name with the root's dot."""
    return host.replace(".", "").isdigit() or host.endswith(".")


def _hidden_in(number: Address) -> IPv4Address | None:
    """The IPv4 address that a gateway would take out of an IPv6 one."""
    if isinstance(number, IPv4Address):
        return None
    if number in NAT64:
        return IPv4Address(number.packed[-4:])
    return number.ipv4_mapped or number.sixtofour or (number.teredo[1] if number.teredo else None)
