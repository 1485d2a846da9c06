"""Triggers and conditions as people write them: read with their lines, and what is wrong said before anything moves."""

from pathlib import Path
from typing import Any

import pytest

from gateway.profile.findings import Pages, Severity
from gateway.scenes.check import check_scene
from gateway.scenes.document import Scene
from gateway.scenes.reading import scene_of
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import AtSun, AtTime, Crossing, Unused
from tests.scenes.kit import KINDS
from tests.scenes.rules.rule_kit import BERLIN

STEPS = """
steps:
  - select: {kind: light}
    set: {power: true}
"""


def read(*rows: str, conditions: tuple[str, ...] = (), name: str = "test") -> tuple[Scene, Pages]:
    text = f"scene: {name}\ntriggers:\n" + "".join(f"  - {row}\n" for row in rows)
    text += ("conditions:\n" + "".join(f"  - {row}\n" for row in conditions) if conditions else "") + STEPS
    found, pages = scene_of(text, "scene.yaml")
    assert found is not None
    return found, pages


def checked(*rows: str, conditions: tuple[str, ...] = (), place: Place | None = None, others: dict[str, Scene] | None = None) -> list[str]:
    scene, pages = read(*rows, conditions=conditions)
    check_scene(scene, pages, KINDS, {**(others or {}), scene.id: scene}, place)
    return [f"{finding.line} {finding.rule} {finding.message}" for finding in sorted(pages.findings)]


def test_each_sort_is_read_with_its_line() -> None:
    scene, pages = read(
        '{time: "22:30", days: [mon, sun]}',
        "{sun: sunrise, offset: -PT20M}",
        "property: {select: {kind: air-conditioner}, name: roomTemperature, above: 28, rearm: 27, for: PT5M}",
        'unused: {select: {kind: uhd-tv}, for: PT12H, at: "09:00"}',
        conditions=('between: ["22:00", sunrise]', "days: [sat]", "{alert: {scene: test, is: open}}"),
    )
    assert not pages.findings
    time, sun, crossing, unused = scene.triggers
    assert isinstance(time, AtTime)
    assert (time.line, time.minutes, time.days) == (3, 1350, frozenset({0, 6}))
    assert isinstance(sun, AtSun)
    assert sun.offset == -1200
    assert isinstance(crossing, Crossing)
    assert (crossing.limit.above, crossing.rearm, crossing.held) == (28, 27, 300)
    assert isinstance(unused, Unused)
    assert (unused.seconds, unused.minutes) == (43200, 540)
    assert len(scene.conditions) == 3


PARAMETERS = """parameters:
  warm: {type: number, minimum: 20, maximum: 35, default: 28}
  cool: {type: number, default: 27}
  long: {type: string, default: PT5M}
  hour: {type: string, default: "09:00"}
  on: {type: boolean, default: true}
"""


def with_parameters(*rows: str, conditions: tuple[str, ...] = ()) -> tuple[Scene, list[str]]:
    text = f"scene: test\n{PARAMETERS}triggers:\n" + "".join(f"  - {row}\n" for row in rows)
    text += ("conditions:\n" + "".join(f"  - {row}\n" for row in conditions) if conditions else "") + STEPS
    found, pages = scene_of(text, "scene.yaml")
    assert found is not None
    return found, [finding.message for finding in sorted(pages.findings)]


def test_numbers_and_times_may_be_parameters_and_are_their_defaults_for_nobody_is_there_to_say_otherwise() -> None:
    crossing = "property: {select: {kind: air-conditioner}, name: roomTemperature, above: %s, rearm: %s, for: %s}"
    unused = "unused: {select: {kind: uhd-tv}, for: %s, at: %s}"
    named, findings = with_parameters(
        crossing % ("{parameter: warm}", "{parameter: cool}", "{parameter: long}"),
        unused % ("{parameter: long}", "{parameter: hour}"),
        conditions=("property: {select: {kind: fan}, name: power, is: {parameter: on}}", 'between: [{parameter: hour}, "22:00"]'),
    )
    plain, _ = with_parameters(
        crossing % (28, 27, "PT5M"),
        unused % ("PT5M", '"09:00"'),
        conditions=("property: {select: {kind: fan}, name: power, is: true}", 'between: ["09:00", "22:00"]'),
    )
    assert findings == []
    assert (named.triggers, named.conditions) == (plain.triggers, plain.conditions)
    assert [trigger.key for trigger in named.triggers] == [trigger.key for trigger in plain.triggers]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("{time: {parameter: nowhere}}", "names the parameter 'nowhere'"),
        ("{time: {parameter: warm}}", "a time of the day"),
        ("property: {select: {kind: air-conditioner}, name: roomTemperature, above: {parameter: hour}}", "is a number"),
        (
            "property: {select: {kind: air-conditioner}, name: roomTemperature, above: {parameter: cool}, rearm: {parameter: warm}}",
            "wrong side",
        ),
    ],
)
def test_a_parameter_that_cannot_stand_there_is_said(row: str, said: str) -> None:
    assert any(said in finding for finding in with_parameters(row)[1])


def test_a_trigger_keeps_its_key_wherever_it_moves_and_has_another_once_it_says_something_else() -> None:
    row = "{sun: sunset}"
    alone, moved, other = (read(*rows)[0] for rows in ((row,), ('{time: "10:00"}', row), ("{sun: sunset, offset: PT1M}",)))
    assert alone.triggers[0].key == moved.triggers[1].key != other.triggers[0].key


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('{time: "24:00"}', "scene-trigger"),
        ("{time: 22}", "scene-trigger"),
        ('{time: "10:00", days: [Monday]}', "scene-trigger"),
        ('{time: "10:00", sun: sunset}', "at once"),
        ("{sun: noon}", "sunrise, sunset"),
        ("{sun: sunset, offset: PT13H}", "twelve hours"),
        ("{mains: gone}", "interrupted, restored, sagging"),
        ("{tide: high}", "says nothing"),
        ("property: {select: {kind: fan}, name: power}", "above, below, is"),
        ("property: {select: {kind: fan}, name: power, is: true, rearm: 3}", "may fire again"),
        ("property: {select: {kind: air-conditioner}, name: roomTemperature, above: 28, rearm: 29}", "wrong side"),
        ("property: {select: {kind: air-conditioner}, name: roomTemperature, above: 28, for: P2D}", "24 hours"),
        ("property: {select: {kind: air-conditioner}, name: roomTemperature, above: .nan}", "is a number"),
        ("unused: {select: {kind: uhd-tv}}", "PT12H"),
        ("event: {name: operated}", "who is meant"),
        ("property: {select: {kind: kettel}, name: power, is: true}", "no kind is called"),
        ("property: {select: {kind: plug}, name: powr, is: true}", "has a property 'powr'"),
        ("property: {select: {kind: plug}, name: power, above: 3}", "scene-order"),
        ("property: {select: {kind: air-conditioner}, name: mode, is: freeze}", "never shown"),
        ("event: {select: {kind: door-lock}, name: opened}", "there are"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_line(row: str, said: str) -> None:
    findings = checked(row)
    assert any(said in finding and finding.startswith("3 ") for finding in findings), findings


def test_one_that_stands_twice_is_said() -> None:
    assert ["says the same as line 3" in finding for finding in checked("{sun: sunset}", "{sun: sunset}")] == [True]


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('between: ["22:00"]', "two times"),
        ('between: ["22:00", "22:00"]', "begins where it ends"),
        ("state: {scene: nowhere, is: on}", "no scene is called"),
        ("state: {scene: test, is: maybe}", "partly"),
        ("property: {select: {kind: plug}, name: power, is: 3}", "never shown"),
        ("property: {select: {kind: plug}, name: power, is: true, who: some}", "all, any"),
    ],
)
def test_conditions_are_checked_as_well(row: str, said: str) -> None:
    assert any(said in finding for finding in checked("{sun: sunset}", conditions=(row,)))


def test_the_sun_of_a_home_without_a_place_is_a_warning() -> None:
    scene, pages = read("{sun: sunset}")
    check_scene(scene, pages, KINDS, {}, Place())
    assert [finding.severity for finding in pages.findings] == [Severity.WARNING]
    assert not checked("{sun: sunset}")
    assert not checked("{sun: sunset}", place=BERLIN)


PLUG = "property: {select: {kind: plug}, name: power, is: true}"
LIGHT = "property: {select: {kind: light, room: hall}, name: power, is: true}"


def other(name: str, trigger: str, steps: str) -> Scene:
    found, _ = scene_of(f"scene: {name}\ntriggers:\n  - {trigger}\nsteps:\n{steps}", "other.yaml")
    assert found is not None
    return found


def test_a_trigger_that_would_fire_itself_is_named_with_both_lines() -> None:
    (finding,) = checked(LIGHT)
    assert finding.startswith("3 scene-circle")
    assert "line 6 of test sets power to true" in finding
    assert not checked(LIGHT.replace("true", "false"))
    assert not checked(PLUG)


def test_a_circle_through_another_scene_is_named_and_a_way_that_ends_is_none() -> None:
    back = other("back", LIGHT, "  - select: {kind: plug}\n    set: {power: true}\n")
    (finding,) = checked(PLUG, others={"back": back})
    assert "which fires back: line 5 of back sets power to true" in finding
    away = other("away", LIGHT, "  - select: {kind: plug}\n    set: {power: false}\n")
    assert not checked(PLUG, others={"away": away})


def test_a_circle_through_a_scene_inside_is_named(tmp_path: Path) -> None:
    inner = other("inner", "{sun: sunset}", "  - select: {kind: plug}\n    set: {power: true}\n")
    scene, pages = scene_of(f"scene: outer\ntriggers:\n  - {PLUG}\nsteps:\n  - scene: inner\n", str(tmp_path))
    assert scene is not None
    check_scene(scene, pages, KINDS, {"inner": inner, "outer": scene})
    assert ["line 5 of inner" in finding.message for finding in pages.findings] == [True]


def test_whatever_stands_there_is_read_without_a_crash() -> None:
    rows: tuple[Any, ...] = (
        "7",
        "[]",
        "null",
        "{time: {}}",
        "{property: 3}",
        "{event: []}",
        "{unused: {for: [1]}}",
        "{mains: {}}",
        "{sun: [], days: 3}",
    )
    scene, pages = read(*rows, conditions=("7", "{between: {}}", "{days: 3}", "{state: {scene: {}, is: []}}", "{property: {is: {a: 1}}}"))
    assert scene.triggers == ()
    assert len({finding.line for finding in pages.findings}) == len(rows) + 5
