"""A customer's address never leads into our own network, however it is written or resolved."""

import socket
from ipaddress import ip_address

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from scripted_vendor import ScriptedVendor
from webhook_house import SECRET, SENDER, WebhookHouse, notice

from tellfirst.carriers.port import Outcome, Verdict
from tellfirst.carriers.webhook import WebhookCarrier, WebhookSettings
from tellfirst.carriers.webhook.addresses import ForbiddenAddress, Gate

pytestmark = pytest.mark.anyio
SETTINGS = WebhookSettings(SECRET, SENDER, timeout=2.0, connect_timeout=1.0)


class Names(AbstractResolver):
    """Resolves every name to these addresses, one more at each question."""

    def __init__(self, *answers: list[str]) -> None:
        self._answers = list(answers)
        self.asked = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        answer = self._answers[min(self.asked, len(self._answers) - 1)]
        self.asked += 1
        if not answer:
            raise OSError("no such name")
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0)
            for one in answer
        ]

    async def close(self) -> None: ...


async def posted(
    address: str, names: AbstractResolver | None = None, settings: WebhookSettings = SETTINGS
) -> Outcome:
    carrier = WebhookCarrier(settings, names=names)
    [outcome] = await carrier.submit([notice(7, address)])
    await carrier.close()
    return outcome


@pytest.mark.parametrize(
    "address",
    [
        "",
        "customer.example/hook",
        "http://customer.example/hook",
        "ftp://customer.example/hook",
        "file:///etc/passwd",
        "https:///hook",
        "https://user:word@customer.example/hook",
        "https://127.0.0.1/hook",
        "https://127.0.0.1:8443/hook",
        "https://127.1/hook",
        "https://2130706433/hook",
        "https://0x7f000001/hook",
        "https://0177.0.0.1/hook",
        "https://localhost/hook",
        "https://localhost./hook",
        "https://[::1]/hook",
        "https://[::]/hook",
        "https://0.0.0.0/hook",
        "https://10.1.2.3/hook",
        "https://172.16.0.1/hook",
        "https://192.168.1.1/hook",
        "https://100.64.0.1/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://[fe80::1]/hook",
        "https://[fd00::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://[64:ff9b::a00:1]/hook",
        "https://[2002:a00:1::]/hook",
        "https://224.0.0.1/hook",
        "https://240.0.0.1/hook",
        "https://255.255.255.255/hook",
        "https://customer.example:99999/hook",
        "https://customer.example/" + "x" * 2_000,
        "https://customer.example/\r\nHost: inner",
    ],
)
async def test_an_address_that_is_not_public_https_is_refused_for_good(address: str) -> None:
    outcome = await posted(address)
    assert (outcome.verdict, outcome.code, outcome.reason) == (
        Verdict.REFUSED_FINALLY,
        "forbidden_address",
        "contact_point_refused",
    )


@pytest.mark.parametrize(
    "answers",
    [["127.0.0.1"], ["10.0.0.1"], ["::1"], ["::ffff:169.254.169.254"], ["93.184.215.14", "10.0.0.1"]],
)
async def test_a_name_that_resolves_into_our_network_is_refused_for_good(answers: list[str]) -> None:
    outcome = await posted("https://rebind.example/hook", Names(answers))
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_FINALLY, "forbidden_address")


async def test_the_addresses_that_were_checked_are_the_ones_connected_to() -> None:
    """A name that answers differently the second time (DNS rebinding) is not asked a second time."""
    async with ScriptedVendor(WebhookHouse().accept) as vendor:
        port = vendor.url.rpartition(":")[2]
        # 192.0.2.0/24 is for documentation: allowed here so that the first answer passes and leads nowhere.
        settings = WebhookSettings(
            SECRET, SENDER, timeout=1.0, connect_timeout=0.3, private_networks=("192.0.2.0/24",)
        )
        names = Names(["192.0.2.1"], ["127.0.0.1"])
        outcome = await posted(f"https://rebind.example:{port}/hook", names, settings)
    assert outcome.verdict is Verdict.REFUSED_AGAIN
    assert names.asked == 1
    assert vendor.seen == []


async def test_a_name_that_does_not_resolve_may_be_tried_again() -> None:
    outcome = await posted("https://nowhere.example/hook", Names([]))
    assert (outcome.verdict, outcome.code) == (Verdict.REFUSED_AGAIN, "unreachable")


def test_loopback_and_private_networks_are_taken_only_where_the_settings_say_so() -> None:
    loopback = Gate(WebhookSettings(SECRET, SENDER, allow_loopback=True))
    private = Gate(WebhookSettings(SECRET, SENDER, private_networks=("10.20.0.0/16", "fd00:20::/32")))
    assert str(loopback.checked("http://127.0.0.1:8080/hook")) == "http://127.0.0.1:8080/hook"
    assert loopback.checked("http://localhost:8080/hook")
    assert private.checked("https://10.20.1.1/hook")
    assert private.permits(ip_address("fd00:20::1"))
    for gate, address in (
        (loopback, "http://customer.example/hook"),
        (loopback, "https://10.20.1.1/hook"),
        (private, "http://10.20.1.1/hook"),
        (private, "https://10.21.1.1/hook"),
        (private, "https://127.0.0.1/hook"),
    ):
        with pytest.raises(ForbiddenAddress):
            gate.checked(address)


def test_a_public_address_is_taken() -> None:
    for address in (
        "https://93.184.215.14/hook",
        "https://[2606:2800:21f::1]:8443/x?y=z",
        "https://bücher.example/h",
    ):
        assert Gate(SETTINGS).checked(address).scheme == "https"
