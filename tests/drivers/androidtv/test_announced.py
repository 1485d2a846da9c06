"""A box that announces itself over mDNS, taken into a home as a person does it: the code appears, is read, and typed a moment later."""

import secrets

import pytest

from firmware_sim.plan import UnitPlan
from gateway.discovery import EntryState
from gateway.drivers.androidtv import DRIVER
from gateway.errors import SchemaViolation
from tests.discovery.kit import QUICK, Home, discovering
from tests.drivers.contract_bench import living
from tests.drivers.kit import until
from tests.kit.addresses import address


def fresh() -> str:
    """Return the address of a radio that no other box of this machine has."""
    return ":".join(f"{byte:02X}" for byte in b"\x22" + secrets.token_bytes(5))


async def test_a_box_that_is_announced_shows_its_code_when_it_is_accepted_and_is_in_once_it_is_typed() -> None:
    home, mac = Home(), fresh()
    key = mac.replace(":", "")
    plan = UnitPlan(
        kind="set-top-box", wire="androidtv-mdns", address=address(), facts={"mac": mac, "name": f"Bedroom {mac}", "model": "MIBOX4"}
    )
    pace = QUICK.__class__(first=0.05, longest=0.2, search=5.0, interfaces=0.05, pair=20.0, save=0.05, seen=0.0)
    async with living(plan) as unit, discovering(home, DRIVER, manual=[f"androidtv://{unit.network.address}"], pace=pace) as discovery:

        def entry() -> object:
            return next((entry for entry in discovery.inbox() if entry.key == key), None)

        await until(entry, "found")

        def both() -> bool:
            """A place keeps its newest source only, so every change is looked at."""
            return {place.source for each in home.changes if each.key == key for place in each.places} == {"mdns", "broadcast"}

        await until(both, "found in both ways")
        (found,) = [each for each in discovery.inbox() if each.key == key]
        assert (found.address, found.port, found.state) == (unit.network.address, 6466, EntryState.PENDING)
        assert (found.needs, found.facts) == (("pairing",), {"bt": mac})
        with pytest.raises(SchemaViolation, match="shows six characters"):
            await discovery.accept(f"androidtv:{key}", {})
        registration = await discovery.accept(f"androidtv:{key}", {"pairing": unit.document()["screen"]})
        assert (registration.key, registration.facts) == (key, {"bt": mac})
        assert "PRIVATE KEY" in registration.credentials["pairing"]
        assert home.adopted == [registration]
