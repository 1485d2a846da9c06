"""Found by a search said to the group, known by its name wherever it is."""

from firmware_sim.plan import UnitPlan
from gateway.drivers.dlna.search import recognise
from gateway.drivers.table import load
from tests.drivers.contract_bench import living
from tests.drivers.kit import context
from tests.drivers.units import Search
from tests.kit.addresses import address


async def test_a_search_said_to_the_group_finds_it_and_says_what_it_is() -> None:
    facts = {"broadcast": True, "maker": "Huawei", "model": "EC6108V9", "name": "Living room \u202e"}
    plan = UnitPlan(kind="set-top-box", wire="dlna", address=address(), facts=facts, seed=int(address().replace(".", "")))
    async with living(plan) as unit:
        found = await Search(load("dlna"), context(), interfaces=("127.0.0.1",)).all()
        (sighting,) = [each for each in found if each.address == unit.network.address]  # others on this machine may answer as well
        candidate = recognise(sighting)
        assert candidate is not None
        assert (candidate.kind, candidate.port, candidate.needs) == ("set-top-box", 49152, ())
        assert candidate.key == sighting.facts["udn"].removeprefix("uuid:")
        assert sighting.interface == "127.0.0.1"
        assert candidate.title.isprintable()


async def test_a_search_that_nobody_may_answer_says_nothing() -> None:
    async with living(UnitPlan(kind="set-top-box", wire="dlna", address=address())) as unit:
        found = await Search(load("dlna"), context(), interfaces=("127.0.0.1",)).all()
        assert unit.network.address not in [each.address for each in found], "it does not hear the group"
