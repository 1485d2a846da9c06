"""What a home that was described elsewhere looks like here, once its appliances come; and what is wrong with a description."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.app.describing import Describing
from gateway.errors import SchemaViolation, StateConflict
from gateway.thing.principal import LOCAL
from tests.home.kit import until
from tests.home.replacing_kit import NEW, OLD, Entrance, entered
from tests.scenes.kit import KINDS, scene


class NoUnits:
    """An inbox in which nobody is."""

    def inbox(self) -> tuple[Any, ...]:
        return ()

    def needs(self, _driver: str, _key: str) -> tuple[str, ...]:
        return ()


@asynccontextmanager
async def described(folder: Path) -> AsyncIterator[tuple[Entrance, Describing]]:
    async with entered(folder) as entrance:
        stage = entrance.stage
        yield entrance, Describing(stage.home, stage.scenes, NoUnits(), KINDS)  # type: ignore[arg-type]


async def written(folder: Path) -> str:
    """Return a home with a replaced air conditioner, a light in a room, a link and two scenes, one inside the other, as a file."""
    async with described(folder) as (entrance, describing):
        home = entrance.stage.home
        await entrance.come(OLD, power=False)
        await home.rename(OLD, "卧室空调: #1")
        await home.place(OLD, "bedroom")
        await home.tag(OLD, ["quiet", "- odd"])
        await entrance.come(NEW, power=False)
        await entrance.replace()
        await entrance.come(NEW, power=False)
        await entrance.come("plug", "plug", feeds="", feedsKind="none")
        await home.links.link("plug", "feeds", OLD, LOCAL, confirmed=True)
        await entrance.stage.keep(scene({"select": {"room": "bedroom"}, "set": {"power": True}}, name="inner"))
        await entrance.stage.keep("# said by hand\nscene: a-whole\n\nsteps:\n  - scene: inner\n")
        return describing.text()


async def test_another_hub_becomes_like_it_as_its_appliances_come(tmp_path: Path) -> None:
    text = await written(tmp_path / "first")
    async with described(tmp_path / "second") as (entrance, describing):
        done: Mapping[str, Any] = await describing.take(text, LOCAL, dry_run=True)
        assert entrance.stage.scenes.listing() == []
        done = await describing.take(text, LOCAL, dry_run=False)
        assert {device["state"] for device in done["devices"]} == {"notFound"}
        assert [kept["scene"] for kept in done["scenes"]] == ["inner", "a-whole"]
    async with described(tmp_path / "second") as (entrance, describing):
        home = entrance.stage.home
        await entrance.come(NEW, power=False)
        await entrance.come("plug", "plug", feeds="", feedsKind="none")
        twin = home.twin(OLD)
        assert (twin.name, twin.room, twin.tags) == ("卧室空调: #1", "bedroom", ("quiet", "- odd"))
        await until(lambda: [(tie.source, tie.target) for tie in home.links.all()] == [("plug", OLD)])
        assert home.expected.labels == {}
        assert home.expected.links == ()
        again = describing.text()
        cut = slice(again.index("rooms:"), None)
        assert sorted(again[cut].split("  - ")) == sorted(text[text.index("rooms:") :].split("  - "))


async def test_an_id_that_somebody_else_has_is_not_taken(tmp_path: Path) -> None:
    async with entered(tmp_path) as entrance:
        await entrance.come("light", "light")
        with pytest.raises(StateConflict):
            await entrance.stage.home.names.expect("other", "light")
        await entrance.stage.home.names.expect("other", "free")
        await entrance.come("other", "light")
        assert set(entrance.stage.home.devices()) == {"light", "free"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("hulian-manifest: 1\ndevices: []\n", 1, "is no description of a home"),
        ("hulian-home: 1\ncolour: red\ndevices: []\n", 2, "is not known here"),
        ("hulian-home: 1\ndevices:\n  - {unit: 'a:b', kind: light}\n", 3, "has no id"),
        ("hulian-home: 1\ndevices: []\nlinks:\n  - {device: a, relation: likes, other: b}\n", 4, "needs device, relation"),
        ("hulian-home: 1\ndevices: []\nscenes:\n  - {scene: s}\n", 4, "is the text of a scene"),
        ("hulian-home: 9\ndevices: []\n", 1, "version 9"),
    ],
)
async def test_a_description_with_mistakes_changes_nothing_and_says_where(tmp_path: Path, text: str, line: int, said: str) -> None:
    async with described(tmp_path) as (entrance, describing):
        with pytest.raises(SchemaViolation) as raised:
            await describing.take(text, LOCAL, dry_run=False)
        assert any(finding["line"] == line and said in finding["message"] for finding in raised.value.extra["findings"])
        assert entrance.stage.home.expected.labels == {}


async def test_a_scene_that_does_not_fit_is_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    async with described(tmp_path) as (_, describing):
        text = "hulian-home: 1\ndevices: []\nscenes:\n  - 'scene: Bad Name'\n  - 'scene: good\n\n    steps: [{delay: PT1S}]'\n"
        done = await describing.take(text, LOCAL, dry_run=False)
        assert "problem" in done["scenes"][0]
        assert done["scenes"][0]["line"] == 4
