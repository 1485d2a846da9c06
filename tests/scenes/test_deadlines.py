"""How long a device has where a scene says nothing: what moves or boots has longer, and the table has real words only."""

from pathlib import Path

import pytest

from gateway.profile.library import Library
from gateway.profile.resolver import read_yaml
from gateway.scenes.deadlines import FILE, usual_deadline
from gateway.scenes.plan import Await, Wave
from tests.scenes.kit import scene, staged


@pytest.mark.parametrize(("said", "seconds"), [({}, (60.0, 10.0)), ({"deadline": "PT5S"}, (5.0, 5.0))])
async def test_what_boots_has_longer_than_what_switches_unless_the_scene_says_how_long(
    tmp_path: Path, said: dict[str, str], seconds: tuple[float, float]
) -> None:
    async with staged(tmp_path) as stage:
        await stage.stand("uhd-tv", "tv", power=False)
        await stage.stand("light", "lamp", power=False)
        step = {"select": {"kind": ["uhd-tv", "light"]}, "set": {"power": True}} | said
        wait = {"wait": {"select": {"kind": ["uhd-tv", "light"]}, "until": {"power": True}}} | said
        wave, awaited = stage.scenes.plan(await stage.keep(scene(step, wait)), {}).parts
        assert isinstance(wave, Wave)
        assert isinstance(awaited, Await)
        assert {task.device: task.deadline for task in wave.tasks} == dict(zip(("tv", "lamp"), seconds, strict=True))
        assert awaited.deadline == max(seconds)


def test_every_kind_and_every_word_of_the_table_is_one_of_the_standard_and_none_has_less_than_usual() -> None:
    table, library = read_yaml(FILE), Library()
    for kind, words in table["kinds"].items():
        document = library.model(kind).document
        known = {*document.get("properties", {}), *document.get("actions", {})}
        assert words.keys() <= known, f"{kind}: {words.keys() - known}"
        assert all(usual_deadline(kind, [word]) > table["usual"] for word in words)
    assert usual_deadline("light", ["power", "brightness"]) == table["usual"]
    assert usual_deadline("curtain", ["tilt", "position"]) == usual_deadline("curtain", ["position"])
