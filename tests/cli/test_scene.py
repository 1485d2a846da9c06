"""`hulian scene check`, which needs no hub, and how a report looks."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli.scene import COLOURS, WORDS, app
from gateway.scenes.report import Outcome

GOOD = "scene: evening\nsteps:\n  - select: {kind: light}\n    set: {power: true}\n"


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    (tmp_path / "evening.yaml").write_text(GOOD)
    return tmp_path


def test_good_scenes_are_said_to_be_good(scenes: Path) -> None:
    said = CliRunner().invoke(app, ["check", str(scenes)])
    assert (said.exit_code, said.stdout.strip()) == (0, "1 checked: good")


def test_a_mistake_is_said_with_file_line_and_rule_and_ends_with_one(scenes: Path) -> None:
    wrong = scenes / "night.yaml"
    wrong.write_text(GOOD.replace("evening", "night").replace("light", "lihgt"))
    said = CliRunner().invoke(app, ["check", str(scenes), "--json"])
    assert said.exit_code == 1
    (finding,) = [json.loads(line) for line in said.stdout.splitlines() if line.startswith("{")]
    assert (finding["path"], finding["line"], finding["rule"]) == (str(wrong), "3", "scene-kind")


def test_every_outcome_has_a_colour_and_words() -> None:
    assert COLOURS.keys() == {outcome.value for outcome in Outcome}
    assert WORDS.keys() <= COLOURS.keys()
