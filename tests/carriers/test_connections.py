"""Calls that never got a connection: for every carrier it is certain that nothing was sent."""

import pytest
from certificate import untrusted_server
from contract_terms import AGAIN, House, batch_of
from scripted_vendor import ScriptedVendor

from tellfirst.carriers.sendgrid.transport import connection_pool

pytestmark = pytest.mark.anyio


async def test_a_refused_connection_is_certain_not_to_have_sent(house: House, vendor: ScriptedVendor) -> None:
    async with ScriptedVendor(house.accept) as gone:
        nobody = gone.url
    carrier = house.carrier(nobody)
    [outcome] = await carrier.submit(batch_of(house, 1))
    await carrier.close()
    assert (outcome.verdict, outcome.code) == (AGAIN, "unreachable")


@pytest.mark.parametrize("speaks_tls", [True, False], ids=["untrusted certificate", "no TLS at all"])
async def test_a_failed_handshake_is_certain_not_to_have_sent(house: House, speaks_tls: bool) -> None:
    async with untrusted_server(speaks_tls) as (url, received):
        carrier = house.carrier(url)
        [outcome] = await carrier.submit(batch_of(house, 1))
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (AGAIN, "unreachable")
    assert house.address(1).encode() not in b"".join(received)


async def test_a_handshake_that_hangs_is_certain_not_to_have_sent(house: House) -> None:
    async with untrusted_server(speaks_tls=False, silent=True) as (url, _):
        carrier = house.carrier(url, timeout=0.4)
        [outcome] = await carrier.submit(batch_of(house, 1))
        await carrier.close()
    assert (outcome.verdict, outcome.code) == (AGAIN, "unreachable")


def test_certificates_are_parsed_once_for_all_pools() -> None:
    one, other = (connection_pool(1.0, 1.0, connections=2) for _ in range(2))
    assert one is not other
    assert one.connection_pool_kw["ssl_context"] is other.connection_pool_kw["ssl_context"]
