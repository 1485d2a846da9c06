"""Every bad twin has words, a defect that takes hold of what is really there, and a healthy one beside it that nothing was done to."""

from pathlib import Path
from typing import Any

import pytest

from firmware_sim.plan import UnitPlan
from firmware_sim.profile import kinds
from firmware_sim.refusal import SetupMistake
from firmware_sim.twins.table import lines, twin, twins
from firmware_sim.unit import Unit
from firmware_sim.wire import WIRES
from tests.kit.addresses import address

EVERY = list(twins().values())
ASKED = 90


def planned(kind: str, **more: Any) -> UnitPlan:
    return UnitPlan(kind=kind, wire="native", broker="mqtt://127.0.0.1:1", id="sick-1", address=address(), port=0, **more)


async def test_each_takes_hold_of_what_is_there() -> None:
    for bad in EVERY:
        for kind in bad.kinds:
            unit = bad.maker()(planned(kind))
            for module in WIRES["native"]:
                unit._wired(module, unit._options)


def test_there_are_enough_and_each_is_listed() -> None:
    assert len(EVERY) >= ASKED
    assert len(lines()) == len(EVERY)


def test_each_has_words_ids_kinds_and_wires() -> None:
    for bad in EVERY:
        assert all(bad.wrong[language] for language in ("en", "zh-Hans")), bad.name
        assert bad.caught_by, bad.name
        assert set(bad.kinds) <= set(kinds()), bad.name
        assert set(bad.wires) <= {"mqtt", "coap", "mdns"}, bad.name


def test_a_unit_of_another_kind_stays_healthy() -> None:
    assert type(twin("senml-degrees-sign").maker()(planned("plug"))) is Unit


def test_a_kind_that_cannot_have_it_is_refused() -> None:
    with pytest.raises(SetupMistake, match="shows on air-conditioner"):
        twin("senml-degrees-sign").check({"plug"})


def test_an_unknown_name_is_refused_with_near_ones() -> None:
    with pytest.raises(SetupMistake, match="ack-late"):
        twin("ack-tardy")


def test_the_healthy_code_knows_of_no_twin() -> None:
    allowed = {"cli.py", "home.py"}
    folder = Path(__file__).parents[3] / "firmware_sim"
    sources = [path for path in folder.rglob("*.py") if "twins" not in path.parts and path.name not in allowed]
    assert not [path.name for path in sources if "twins" in path.read_text()]
