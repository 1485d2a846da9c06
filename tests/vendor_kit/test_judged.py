"""The vendor kit as a new vendor has it: both appliances pass, and one broken line is named by the first failure."""

import shutil
from pathlib import Path

import pytest

from gateway.conformance.verdict import Outcome, Result
from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.kit.brokers import needs_mosquitto
from tests.kit.vendor import KIT, built, judge, light, needs_libcoap, plug

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]
BUDGET = 10.0
"""Seconds of a run; the cheap checks come first. The whole suite takes two minutes and is run by hand before a release."""


def failures(result: Result) -> list[str]:
    return [f"{each.id}: {each.document()}" for each in result.verdicts if each.outcome is Outcome.FAILED]


def passed(result: Result) -> set[str]:
    return {each.requirement for each in result.verdicts if each.outcome is Outcome.PASSED}


@needs_libcoap
async def test_the_light_in_c_is_built_and_passes(tmp_path: Path) -> None:
    program = built(KIT / "c", tmp_path / "build", "-fsanitize=address,undefined -fno-sanitize-recover=all")
    async with light(program, tmp_path) as appliance:
        result = await judge(appliance, budget=BUDGET)
    assert failures(result) == []
    assert {"T1", "T4", "T7", "D7"} <= passed(result)


@needs_mosquitto
async def test_the_plug_in_python_passes_over_both_transports(tmp_path: Path) -> None:
    broker = private_broker("127.0.0.1", 0, tmp_path / "broker", SystemClock())
    async with broker, plug(tmp_path, broker.address.url) as appliance:
        result = await judge(appliance, budget=BUDGET)
    assert failures(result) == []
    assert {"T1", "T4", "T7", "D7", "S5"} <= passed(result)


MISTAKES = {
    "takes what is brighter than all": ("schema.c", 'if (value > number_of(schema, "maximum", value)) return "maximum";', "", "E1"),
    "writes what can only be read": ("light.c", "if (!is_setting(light, change->string))", "if (0)", "E4"),
}


@needs_libcoap
@pytest.mark.parametrize("name", MISTAKES)
async def test_of_one_broken_line_the_first_failure_names_the_requirement(name: str, tmp_path: Path) -> None:
    file, line, instead, requirement = MISTAKES[name]
    shutil.copytree(KIT / "c", tmp_path / "c")
    source = tmp_path / "c" / "src" / file
    text = source.read_text()
    assert text.count(line) == 1
    source.write_text(text.replace(line, instead))
    program = built(tmp_path / "c", tmp_path / "build")
    async with light(program, tmp_path) as appliance:
        result = await judge(appliance, "T1", "T7", "D7", "E1", "E4")
    failed = [each for each in result.verdicts if each.outcome is Outcome.FAILED]
    assert failed, [each.document() for each in result.verdicts]
    assert failed[0].requirement == requirement, failures(result)
