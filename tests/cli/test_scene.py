"""`hulian scene check`, which needs no hub, and how a report looks."""

import json
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

import gateway.cli.scene_undo
from gateway.cli.rehearsal_view import EVERY, Lines, span
from gateway.cli.scene import app
from gateway.cli.scene_report import COLOURS, WORDS
from gateway.errors import BadSyntax, Unknown
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


def test_one_mistake_is_one(scenes: Path) -> None:
    (scenes / "evening.yaml").write_text(GOOD.replace("light", "lihgt"))
    said = CliRunner().invoke(app, ["check", str(scenes)])
    assert "1 mistake in 1 file\n" in said.stderr


@pytest.mark.parametrize("command", ["run", "plan", "undo", "history", "pause"])
def test_a_file_where_a_scene_is_named_is_told_how_it_becomes_one(scenes: Path, command: str) -> None:
    file = scenes / "file.yaml"
    file.write_text(GOOD)
    said = CliRunner().invoke(app, [command, str(file)])
    assert isinstance(said.exception, BadSyntax)
    assert f"`hulian scene import {file}` first, then name it as evening" in str(said.exception)


def test_without_a_terminal_each_stage_of_a_rehearsal_is_a_line_and_a_long_one_some() -> None:
    lines, now = list[str](), [0.0]
    told = Lines(lines.append, lambda: now[0])
    for _ in range(3):
        told.hear({"phase": "building"})
    for second in range(7):
        now[0] = float(second)
        told.hear({"phase": "playing", "seconds": second, "ended": 1, "lines": 2})
    assert [line.split()[0] for line in lines] == ["Building", "0.0", f"{EVERY:.1f}", f"{2 * EVERY:.1f}"]


class Hub:
    """Plays the calls of undoing over the reports it has; `undone`: the runs it was asked to take back."""

    def __init__(self, *reports: dict[str, Any]) -> None:
        self.reports = list(reports)
        self.undone: list[str] = []

    def __call__(self, _data: Any) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def call(self, name: str, /, **given: Any) -> Any:
        if name == "scenes":
            return [{"id": "leaving"}]
        if name == "scene-reports":
            return [report for report in self.reports if given.get("scene", report["scene"]) == report["scene"]]
        self.undone.append(given["run"])
        if not any(report["id"] == given["run"] for report in self.reports):
            raise Unknown(f"no run is called {given['run']!r}")
        return run("back", undoes=given["run"])


def run(name: str, *, undoes: str = "", good: bool = True) -> dict[str, Any]:
    lists: dict[str, Any] = {"lines": [], "alerts": [], "notes": [], "effect": None, "why": ""}
    return {"id": name, "scene": "leaving", "undoes": undoes, "good": good, "ended": 0.0, **lists}


@pytest.mark.parametrize(
    ("reports", "undone"),
    [
        ([run("two"), run("one")], ["two"]),
        ([run("back", undoes="one", good=False), run("one")], ["one"]),
        ([run("back", undoes="two"), run("two"), run("one")], []),
    ],
    ids=["the last run", "what did not come back is tried again", "undone once"],
)
def test_the_last_run_is_undone_once(monkeypatch: pytest.MonkeyPatch, reports: list[dict[str, Any]], undone: list[str]) -> None:
    hub = Hub(*reports)
    monkeypatch.setattr(gateway.cli.scene_undo, "Client", hub)
    said = CliRunner().invoke(app, ["undo", "leaving"])
    assert (said.exit_code, hub.undone) == (0, undone), said.output
    assert ("nothing is left to put back" in said.stdout) == (not undone)


def test_a_scene_that_was_not_run_yet_has_nothing_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway.cli.scene_undo, "Client", Hub())
    assert "leaving has not been run yet: nothing to undo" in str(CliRunner().invoke(app, ["undo", "leaving"]).exception)
    assert "no run is called 'nowhere'" in str(CliRunner().invoke(app, ["undo", "nowhere"]).exception)


@pytest.mark.parametrize(("seconds", "said"), [(59.4, "59.4 s"), (119.6, "2 min 0 s"), (3599.7, "1 h 0 min"), (5400, "1 h 30 min")])
def test_a_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert span(seconds) == said
