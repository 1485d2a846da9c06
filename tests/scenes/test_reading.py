"""Mistakes of writing: each is named with its file and line, all of them in one pass."""

from pathlib import Path

import pytest

from gateway.profile.findings import Finding
from gateway.scenes.checking import check_files
from gateway.scenes.document import MOST_STEPS
from gateway.scenes.reading import scene_of
from tests.scenes.kit import KINDS

GOOD = """\
scene: leaving
names: {en: Leaving home, zh-Hans: 离家}
parameters:
  warmth: {type: number, minimum: 16, maximum: 30, default: 18}
steps:
  - select: {kind: [light, uhd-tv]}
    set: {power: false}
  - select: {kind: air-conditioner, not: {room: nursery}}
    set: {targetTemperature: {parameter: warmth}}
    deadline: PT20S
    onFail: rollback
  - wait: {select: {kind: door-lock}, until: {locked: true}}
    deadline: PT1M
  - delay: PT2S
"""


def said(text: str) -> list[tuple[int, str, str]]:
    """Return line, rule and message of everything that is wrong in a text."""
    _, pages = scene_of(text, "leaving.yaml")
    return [(finding.line, finding.rule, finding.message) for finding in sorted(pages.findings)]


def test_a_scene_is_read_as_it_is_written() -> None:
    scene, pages = scene_of(GOOD, "leaving.yaml")
    assert not pages.findings
    assert scene is not None
    assert [len(wave) for wave in scene.waves()] == [2, 1, 1]
    assert [step.line for step in scene.steps] == [6, 8, 12, 14]
    assert scene.parameters["warmth"].default == 18


@pytest.mark.parametrize(
    ("wrong", "right", "line", "rule", "words"),
    [
        ("scene: Leaving", "scene: leaving", 1, "scene-id", "small letters"),
        ("names: {fr: Partir}", "names: {en: Leaving home, zh-Hans: 离家}", 2, "scene-names", "with `en`"),
        ("warmth: {type: number, minimum: low", "warmth: {type: number, minimum: 16", 4, "scene-parameter", "`minimum`"),
        ("maximum: 30, default: 31}", "maximum: 30, default: 18}", 4, "scene-parameter", "may not have itself"),
        ("{power: false}", "", 7, "scene-values", "mapping of names to values"),
        ("onFail: explode", "onFail: rollback", 11, "scene-on-fail", "is one of"),
        ("deadline: 20", "deadline: PT20S", 10, "scene-duration", "PT20S"),
        ("{parameter: warmness}", "{parameter: warmth}", 9, "scene-parameter", "warmness"),
        ("- dely: PT2S", "- delay: PT2S", 14, "scene-step", "nothing to do"),
        ("until: {}", "until: {locked: true}", 12, "scene-step", "values, to wait for"),
        ("until: {locked: []}", "until: {locked: true}", 12, "scene-values", "no value to wait for"),
        ("select: {kidn: air-conditioner,", "select: {kind: air-conditioner,", 8, "scene-member", "not known here"),
        ("select: {kind: [],", "select: {kind: air-conditioner,", 8, "scene-select", "word or a list of words"),
    ],
)
def test_a_mistake_is_named_with_its_line(wrong: str, right: str, line: int, rule: str, words: str) -> None:
    text = GOOD.replace("set: {power: false}", "set: []") if not right else GOOD.replace(right, wrong)
    assert text != GOOD
    found = said(text)
    assert (line, rule) in [(at, what) for at, what, _ in found], found
    assert any(words in message for _, _, message in found), found


def test_all_mistakes_are_named_in_one_pass() -> None:
    text = GOOD.replace("onFail: rollback", "onFail: explode").replace("PT2S", "soon").replace("PT1M", "P1Y")
    assert [line for line, _, _ in said(text)] == [11, 13, 14]


def test_too_many_steps_are_refused_with_one_sentence() -> None:
    (found,) = said("scene: long\nsteps:\n" + "  - delay: PT1S\n" * 300)
    assert found[:2] == (2, "scene-steps")
    assert f"300 steps; at most {MOST_STEPS}" in found[2]


def test_ten_thousand_steps_are_not_even_read(tmp_path: Path) -> None:
    path = tmp_path / "long.yaml"
    path.write_text("scene: long\nsteps:\n" + "  - delay: PT1S\n" * 10_000)
    (found,) = check_files([path], KINDS).findings
    assert (found.path, found.line, found.rule) == (path, 1, "scene-steps")
    assert f"{MOST_STEPS} steps" in found.message


@pytest.mark.parametrize("text", ["", "- 1\n", "scene: [\n", "scene: test\n\tsteps: 1\n", "null\n"])
def test_what_is_no_scene_at_all_is_said_with_a_line(text: str, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(text)
    findings: tuple[Finding, ...] = check_files([path], KINDS).findings
    assert findings
    assert all(finding.path == path and finding.line >= 1 for finding in findings)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("scene: Bad Name\nsteps: []\n", ["needs `scene:`", "needs `steps:`"]),
        ("scene: a\nsteps:\n  - select: {kind: light}\n    sett: {power: true}\n", ["and sett is not known: a step has one of"]),
        (
            "scene: a\nparameters: {p: {type: number}}\nsteps:\n  - select: {kind: light}\n    set: {brightness: {parameter: p}}\n",
            ["has no default"],
        ),
        ('scene: a\nnames: {en: "good\\u202enight"}\nsteps:\n  - delay: PT1S\n', ["turn the direction of writing"]),
        ('scene: a\nsteps:\n  - notify: {text: {en: "\\e[2Jgone"}}\n', ["steer a terminal"]),
        ("scene: a\nsteps:\n\t- delay: PT1S\n", ["never with tabs"]),
    ],
    ids=["no name and no steps", "a word that is none", "a parameter that is none", "turned writing", "a terminal steered", "a tab"],
)
def test_everything_that_is_wrong_is_told_once_and_at_once(text: str, said: list[str]) -> None:
    _, pages = scene_of(text, "scene.yaml")
    told = [finding.message for finding in sorted(pages.findings)]
    assert len(told) == len(said), told
    assert all(part in message for part, message in zip(said, told, strict=True)), told
