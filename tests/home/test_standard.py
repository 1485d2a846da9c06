"""The home with the standard's own profiles."""

from pathlib import Path

import pytest

from gateway.profile.library import Library
from gateway.thing.ack import AckState
from gateway.thing.description import Description
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
