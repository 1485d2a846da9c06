"""What the simulator reads out of `sumMax`: properties, members of a list, a limit that is a property itself."""

from typing import Any

import pytest

from firmware_sim.constraints import broken, settled
from firmware_sim.refusal import Refusal

PORTS: dict[str, Any] = {"id": "ports", "type": "sumMax", "of": ["ports/*/watts"], "maximum": "maxPower", "onViolation": "fault"}
PAIR: dict[str, Any] = {"id": "pair", "type": "sumMax", "of": ["a", "b"], "maximum": 10}
NUMBERS: dict[str, Any] = {name: {"type": "number", "minimum": 0, "maximum": 20} for name in ("a", "b", "most")}


@pytest.mark.parametrize(("watts", "result"), [([60.0, 40.0], ()), ([60.0, 40.1], ("ports",)), ([], ())])
def test_members_of_a_list_are_summed_against_a_property(watts: list[float], result: tuple[str, ...]) -> None:
    state = {"ports": [{"id": str(index), "watts": each} for index, each in enumerate(watts)], "maxPower": 100}
    assert broken([PORTS], state) == result


def test_a_limit_nobody_knows_breaks_nothing() -> None:
    assert broken([PORTS], {"ports": [{"watts": 500.0}]}) == ()


def test_a_write_above_the_sum_is_refused() -> None:
    with pytest.raises(Refusal) as refused:
        settled([PAIR], NUMBERS, {"a": 4, "b": 4}, {"b": 7})
    assert (refused.value.code, refused.value.constraint) == ("schema", "pair")
    assert settled([PAIR], NUMBERS, {"a": 4, "b": 4}, {"b": 6}) == {"b": 6}


def test_a_write_of_the_limit_is_judged_too() -> None:
    rule = {**PAIR, "maximum": "most"}
    with pytest.raises(Refusal):
        settled([rule], NUMBERS, {"a": 4, "b": 4, "most": 10}, {"most": 7})
