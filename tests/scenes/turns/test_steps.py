"""What may be written of turns, and what is wrong with the rest."""

from typing import Any

import pytest

from gateway.scenes.reading import scene_of
from gateway.scenes.turns.steps import InTurn, Shed
from gateway.scenes.words import Before
from tests.scenes.kit import scene

WHO = {"kind": "light"}
ON = {"power": True}


def read(step: dict[str, Any], **more: Any) -> tuple[Any, list[str]]:
    found, pages = scene_of(scene(step, **more), "scene")
    return (found.steps[0] if found is not None and found.steps else None), [finding.message for finding in pages.findings]


def test_turns_are_read_with_all_they_may_say() -> None:
    said = {
        "select": WHO,
        "set": {"power": {"before": "mains cut"}},
        "first": "light",
        "last": ["fan", "tv-1"],
        "spacing": "PT3S",
        "limit": 2200,
    }
    step, findings = read({"inTurn": said, "deadline": "PT2M", "onFail": "stop"})
    assert findings == []
    assert isinstance(step, InTurn)
    assert (step.first, step.last, step.spacing, step.limit, step.deadline) == (("light",), ("fan", "tv-1"), 3.0, 2200, 120.0)
    assert step.values == {"power": Before("mains cut")}


def test_shedding_is_read_with_parameters_for_its_volts() -> None:
    parameters = {"low": {"type": "number", "default": 185}}
    step, findings = read({"shed": {"select": WHO, "below": {"parameter": "low"}, "back": 200, "for": "PT5S"}}, parameters=parameters)
    assert findings == []
    assert isinstance(step, Shed)
    assert (step.back, step.steady, step.values) == (200, 5.0, {"power": False})


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"inTurn": []}, "is a mapping of"),
        ({"inTurn": {"select": WHO}}, "`set:` or `invoke:`"),
        ({"inTurn": {"select": WHO, "set": ON, "invoke": "beep"}}, "`set:` or `invoke:`"),
        ({"inTurn": {"set": ON}}, "says who is meant"),
        ({"inTurn": {"select": WHO, "set": ON, "limit": -1}}, "above 0"),
        ({"inTurn": {"select": WHO, "set": ON, "limit": "much"}}, "above 0"),
        ({"inTurn": {"select": WHO, "set": ON, "spacing": 3}}, "is a duration"),
        ({"inTurn": {"select": WHO, "set": ON, "then": 3}}, "is not known here"),
        ({"shed": {"select": WHO, "below": 200, "back": 190}}, "above `below`"),
        ({"shed": {"below": 190}}, "says who is meant"),
        ({"shed": {"select": WHO}, "deadline": "PT1S"}, "is not known here"),
        ({"inTurn": {"select": WHO, "set": ON}, "shed": {"select": WHO}}, "at once"),
    ],
)
def test_what_is_wrong_is_said(step: dict[str, Any], said: str) -> None:
    assert any(said in message for message in read(step)[1])


def test_a_step_that_takes_its_time_is_no_part_of_a_wave() -> None:
    plain = {"select": WHO, "set": ON}
    found, _ = scene_of(scene(plain, plain, {"inTurn": plain}, plain, {"shed": {"select": WHO}}), "scene")
    assert found is not None
    assert [len(wave) for wave in found.waves()] == [2, 1, 1, 1]
