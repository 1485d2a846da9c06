"""Every scene that comes along can be looked at before it runs, as `hulian scene plan` and the pages ask for it."""

import json
from pathlib import Path

from gateway.cli.scene import _part_line
from gateway.faces.control.scenes import SceneCalls
from gateway.profile.library import Library
from gateway.scenes.builtin.built_in import names, text_of
from tests.scenes.kit import staged


async def nobody(_word: object) -> None:
    """Be told nothing."""


async def test_the_plan_of_each_is_plain_data_that_says_every_part(tmp_path: Path) -> None:
    async with staged(tmp_path, library=Library()) as stage:
        plan = SceneCalls(stage.scenes).table()["scene-plan"]
        for name in names():
            await stage.keep(text_of(name))
            found = json.loads(json.dumps(await plan({"scene": name}, nobody)))
            lines = [_part_line(number, part).plain for number, part in enumerate(found["parts"], 1)]
            assert len(lines) == len(set(lines)) >= 1, name
