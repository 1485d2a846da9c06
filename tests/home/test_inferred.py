"""A thing for what cannot speak: of the kind its owner says, its state guessed from the power of its plug."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import CommandError, Forbidden, NeedsConfirmation, SchemaViolation, StateConflict, Unknown
from gateway.home.links.clue import clues
from gateway.thing.availability import AvailabilityState
from gateway.thing.description import Locality
from gateway.thing.principal import Principal, Role
from tests.home.kit import House, living, write
from tests.home.links_kit import LIBRARY, OWNER, forgetful, put, remembering
from tests.home.test_evidence import IN_CLOCK, draws, ready, shown


def at_home(folder: Path) -> Any:
    return living(folder, library=LIBRARY)


def there(house: House, device: str) -> bool:
    return device in house.home.devices()


async def soon(house: House, condition: Callable[[], bool]) -> None:
    """Let the home tick until something is so."""
    while not condition():
        await house.clock.advance(0.5)
        await asyncio.sleep(0.001)


@pytest.mark.parametrize("plug", [forgetful, remembering])
async def test_a_dumb_fan_on_a_plug_becomes_a_fan_whose_state_is_assumed(tmp_path: Path, plug: Any) -> None:
    async with at_home(tmp_path) as house:
        await plug(house, powerDraw=30.0)
        tie = await house.home.links.make("plug-1", "fan", "Bedroom fan", OWNER)
        fan = tie.target
        await ready(house)
        await house.clock.advance(IN_CLOCK)
        assert shown(house, device=fan) == (True, "assumed")
        draws(house, 0.4)
        await house.clock.advance(IN_CLOCK)
        assert shown(house, device=fan) == (False, "assumed")
        twin = house.home.twin(fan)
        assert (twin.name, twin.description.kind, twin.description.locality, twin.online) == ("Bedroom fan", "fan", Locality.ASSUMED, True)
        assert house.home.document("plug-1")["feedsKind"] == "fan"
        assert len(house.home.links.of(fan)) == 1


async def test_it_can_be_told_nothing_and_says_what_helps(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        fan = (await house.home.links.make("plug-1", "fan", "", OWNER)).target
        run = await house.home.submit(write("power", True, device=fan))
        assert run.last.error is not None
        assert (run.last.error["code"], "its plug can be switched" in run.last.error["detail"]) == ("read-only", True)


async def test_it_is_where_its_plug_is_comes_back_after_a_restart_and_goes_with_the_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, powerDraw=30.0)
        fan = (await house.home.links.make("plug-1", "fan", "", OWNER)).target
        house.home.detach("plug-1", "no answer")
        await soon(house, lambda: house.home.twin(fan).availability.reason == "its plug plug-1 is away: no answer")
    async with at_home(tmp_path) as house:
        await house.clock.advance(1)
        assert house.home.twin(fan).availability.state is AvailabilityState.OFFLINE
        await forgetful(house, powerDraw=30.0)
        await soon(house, lambda: house.home.twin(fan).online)
        await house.home.links.unlink("plug-1", "feeds", None, OWNER)
        await soon(house, lambda: not there(house, fan))
        assert await house.store.links.all() == ()
        again = (await house.home.links.make("plug-1", "fan", "", OWNER)).target
        await house.home.forget("plug-1")
        await soon(house, lambda: not there(house, again))


@pytest.mark.parametrize(
    ("plug", "kind", "who", "error"),
    [
        ("plug-1", "washing-machine", OWNER, Unknown),
        ("plug-1", "teleporter", OWNER, Unknown),
        ("lamp-1", "fan", OWNER, StateConflict),
        ("ghost", "fan", OWNER, Unknown),
        ("plug-1", "fan", Principal("ann", Role.USER), Forbidden),
        ("plug-2", "fan", OWNER, NeedsConfirmation),
        ("plug-3", "fan", OWNER, StateConflict),
    ],
)
async def test_what_cannot_be_made_leaves_nothing_behind(
    tmp_path: Path, plug: str, kind: str, who: Principal, error: type[CommandError]
) -> None:
    async with at_home(tmp_path) as house:
        for number in (1, 2, 3):
            await forgetful(house, f"plug-{number}")
        await put(house, "lamp-1", "light")
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("plug-2", "feeds", "fridge-1", OWNER)
        await house.home.links.make("plug-3", "fan", "", OWNER)
        before = house.home.devices()
        with pytest.raises(error):
            await house.home.links.make(plug, kind, "It", who)
        assert house.home.devices() == before


@pytest.mark.parametrize("kind", sorted(clues()))
async def test_every_kind_power_tells_something_of_can_be_made(tmp_path: Path, kind: str) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        made = (await house.home.links.make("plug-1", kind, "", OWNER)).target
        assert house.home.document(made)["safeUse"] == {"state": "unknown"}
        assert all(each.get("readOnly") for each in house.home.thing_description(made).document["properties"].values())


async def test_a_name_that_is_none_is_refused(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await house.home.links.make("plug-1", "fan", "Bedroom fan", OWNER)
        with pytest.raises(SchemaViolation):
            await house.home.links.link("plug-1", "blows", "fan", OWNER)
