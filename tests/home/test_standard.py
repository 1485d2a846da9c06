"""The home with the standard's own profiles."""

from dataclasses import replace
from pathlib import Path

import pytest

from gateway.errors import Unknown
from gateway.profile.library import Library
from gateway.thing.ack import AckState
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL
from gateway.thing.report import Report
from tests.home.kit import Obedient, ended, living, states, write


async def test_a_plug_that_feeds_a_refrigerator_is_switched_off_only_by_a_person(tmp_path: Path) -> None:
    async with living(tmp_path, library=Library(cache=tmp_path / "cache")) as house:
        session = Obedient()
        session.home = house.home
        await house.home.attach(Description(id="plug-1", kind="plug", title="Plug"), session)
        house.home.report(Report(device="plug-1", values={"power": True, "feedsKind": "refrigerator"}))
        refused = await house.home.submit(write("power", False, device="plug-1"))
        assert states(refused) == ["rejected"]
        assert refused.last.error is not None
        assert (refused.last.error["code"], refused.last.error["constraint"]) == ("needs-confirm", "plug-protected")
        run = await house.home.submit(write("power", False, device="plug-1", confirmation=refused.last.error["confirm"]))
        assert (await ended(run)).state is AckState.COMPLETED
        assert house.home.document("plug-1")["power"] is False


@pytest.mark.parametrize("kind", Library().kinds())
async def test_every_kind_of_the_standard_can_live_in_a_home(tmp_path: Path, kind: str) -> None:
    async with living(tmp_path, library=Library()) as house:
        await house.home.attach(Description(id="it", kind=kind), Obedient())
        description = house.home.thing_description("it")
        assert (description.document["hl:kind"], description.document["security"]) == (kind, ["nosec"])
        assert house.home.inventory()[0]["maturity"] in {"stable", "draft"}


async def test_what_a_description_says_of_the_maker_is_the_identity_and_stays_private(tmp_path: Path) -> None:
    maker = {"maker": "Acme", "model": "A1"}
    light = Description(id="light-1", kind="light", identity=maker)
    async with living(tmp_path, library=Library()) as house:
        session = Obedient()
        await house.home.attach(light, session)
        assert house.home.read("light-1", "identity", LOCAL) == maker
        assert "identity" not in house.home.document("light-1")
        house.home.detach("light-1", "gone")
        await house.home.attach(replace(light, identity={**maker, "sw": "2"}), session)
        assert house.home.read("light-1", "identity", LOCAL) == {**maker, "sw": "2"}
        assert "identity" not in house.home.twin("light-1").quality
        house.home.report(Report(device="light-1", values={"identity": {"maker": "The light itself"}}))
        assert house.home.read("light-1", "identity", LOCAL) == {"maker": "The light itself"}


async def test_an_identity_that_breaks_the_profile_is_not_shown(tmp_path: Path) -> None:
    async with living(tmp_path, library=Library()) as house:
        await house.home.attach(Description(id="light-1", kind="light", identity={"maker": 7}), Obedient())
        with pytest.raises(Unknown):
            house.home.read("light-1", "identity", LOCAL)
