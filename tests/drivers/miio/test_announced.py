"""A device that announces itself over mDNS: found with its model, the same unit as by a hello, gone with its network."""

import secrets

from firmware_sim.plan import UnitPlan
from gateway.discovery import Discovery, EntryState
from gateway.drivers.miio import DRIVER
from tests.discovery.kit import Home, discovering
from tests.drivers.contract_bench import living
from tests.drivers.kit import until
from tests.kit.addresses import address

TOKEN = "00112233445566778899aabbccddeeff"  # a test vector: no device has it


async def test_a_device_that_is_announced_is_known_by_model_and_number_and_accepted_with_its_token() -> None:
    home, number = Home(), secrets.randbelow(10**9) + 1
    facts = {"model": "zhimi.airpurifier.mb3", "did": number, "token": TOKEN}
    plan = UnitPlan(kind="air-purifier", wire="miio-mdns", address=address(), facts=facts)
    async with living(plan) as unit, discovering(home, DRIVER._replace(search=None)) as discovery:
        await until(lambda: any(entry.key == str(number) for entry in discovery.inbox()), "found")
        entry = next(entry for entry in discovery.inbox() if entry.key == str(number))
        assert (entry.kind, entry.address, entry.port, entry.state) == ("air-purifier", unit.network.address, 54321, EntryState.PENDING)
        assert entry.title == "Xiaomi zhimi.airpurifier.mb3"
        assert entry.needs == ("token",)
        registration = await discovery.accept(f"miio:{number}", {"token": TOKEN})
        assert (registration.key, registration.credentials) == (str(number), {"token": TOKEN})
        assert home.adopted == [registration]
        assert registration.facts == {}


async def test_a_hello_later_on_makes_no_other_unit_of_it_and_does_not_forget_what_it_is() -> None:
    home, number = Home(), secrets.randbelow(10**9) + 1
    facts = {"model": "zhimi.airpurifier.mb3", "did": number, "token": TOKEN}
    plan = UnitPlan(kind="air-purifier", wire="miio-mdns", address=address(), facts=facts)
    async with living(plan) as unit, discovering(home, DRIVER, manual=[f"miio://{unit.network.address}"]) as discovery:
        heard: set[str] = set()

        def both() -> bool:
            heard.update(_sources(discovery, number))
            return heard == {"mdns", "broadcast"}

        await until(both, "found in both ways")
        (entry,) = [entry for entry in discovery.inbox() if entry.key == str(number)]
        assert (entry.title, entry.kind, entry.address) == ("Xiaomi zhimi.airpurifier.mb3", "air-purifier", unit.network.address)


def _sources(discovery: Discovery, number: int) -> set[str]:
    return {place.source for entry in discovery.inbox() if entry.key == str(number) for place in entry.places}
