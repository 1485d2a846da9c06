"""The vendor kit as a new vendor has it: both appliances pass, and one broken line is named by the first failure."""

import asyncio
import itertools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiomqtt
import pytest

from gateway.conformance.control import controlled
from gateway.conformance.verdict import Outcome, Result
from gateway.protocol.broker.private import private_broker
from gateway.thing.clock import SystemClock
from tests.kit.addresses import address
from tests.kit.brokers import needs_mosquitto
from tests.kit.vendor import KIT, built, judge, light, needs_libcoap, plug

pytestmark = [pytest.mark.interop, pytest.mark.timeout(180)]
QUICK = ("T", "D7", "S5", "C7.past", "C8", "E3", "E4")
"""What takes a second each. The whole suite takes a minute or two and is run by hand before a release."""


def failures(result: Result) -> list[str]:
    return [f"{each.id}: {each.document()}" for each in result.verdicts if each.outcome is Outcome.FAILED]


def passed(result: Result) -> set[str]:
    return {each.requirement for each in result.verdicts if each.outcome is Outcome.PASSED}


def second(command: list[str]) -> tuple[int, str]:
    """Start one more where one runs; return how it ended and what it said."""
    environment = {**os.environ, "PYTHONPATH": str(KIT / "python")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env=environment)
    assert "ready" not in done.stdout
    return done.returncode, done.stderr


@needs_libcoap
async def test_a_second_light_says_what_the_first_has(tmp_path: Path) -> None:
    program = built(KIT / "c", tmp_path / "build")
    async with light(program, tmp_path) as first:
        there = first.url.removeprefix("coap://")
        code, said = second([str(program), "--id", "other", "--address", there])
        assert (code, f"{there}:5683 is taken" in said) == (2, True), said
        code, said = second([str(program), "--id", "other", "--address", address(), "--control", str(first.control)])
        assert (code, f"{first.control} is taken" in said) == (2, True), said
        assert (await judge(first, "T7")).conformant, "the first one has its places still"


async def test_a_second_plug_says_what_the_first_has(tmp_path: Path) -> None:
    python = [sys.executable, "-m", "plug", "--id", "other"]
    async with plug(tmp_path) as first:
        there = first.url.removeprefix("coap://")
        code, said = second([*python, "--coap", f"{there}:5683"])
        assert (code, said.startswith(f"plug: {there}:5683 is taken"), said.count("\n")) == (1, True, 1), said
        code, said = second([*python, "--coap", f"{address()}:5683", "--control", str(first.control)])
        assert (code, said.startswith(f"plug: {first.control} is taken"), said.count("\n")) == (1, True, 1), said
        assert (await judge(first, "T7")).conformant, "the first one has its places still"


@needs_mosquitto
async def test_a_link_that_is_torn_off_while_it_is_spoken_to_leaves_no_trace_in_the_log(tmp_path: Path) -> None:
    broker = private_broker("127.0.0.1", 0, tmp_path / "broker", SystemClock())
    async with broker, plug(tmp_path, broker.address.url) as appliance, controlled(appliance.control) as hands:
        speaking = asyncio.create_task(flood(broker.address.port))
        for _ in range(4):
            await asyncio.sleep(1.2)
            await hands.do("network", silent=True)
            await hands.do("network", silent=False)
        await hands.do("power", state="off")
        await hands.do("power", state="on")
        speaking.cancel()
        await asyncio.gather(speaking, return_exceptions=True)
        said = (tmp_path / "plug.log").read_text()
    assert "Traceback" not in said, said


async def flood(port: int) -> None:
    """Write to and fro, without waiting for an answer."""
    async with aiomqtt.Client("127.0.0.1", port) as client:
        for value in itertools.cycle((b"true", b"false")):
            await client.publish("hulian/1/kit-plug/self/p/power/set", value)
            await asyncio.sleep(0.002)


@needs_libcoap
def test_the_light_in_c_is_built_and_passes_in_a_vendors_build(tmp_path: Path) -> None:
    program = built(KIT / "c", tmp_path / "build", "-fsanitize=address,undefined -fno-sanitize-recover=all")
    host, control, report = address(), tmp_path / "light.sock", tmp_path / "report"
    facts = {"TARGET": f"coap://{host}", "CONTROL": str(control), "REPORT": str(report), "TESTS": ",".join(QUICK)}
    environment = {**os.environ, **facts, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    words = ["--id", "kit-light", "--address", host, "--control", str(control), "--state", str(tmp_path / "light.json")]
    command = [str(KIT / "ci" / "judge.sh"), "light@1", str(program), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "AddressSanitizer" not in done.stderr
    verdicts = [json.loads(line) for line in (report / "verdicts.jsonl").read_text().splitlines()]
    assert {"T1", "T4", "T7", "D7", "C7", "C8", "E3", "E4"} <= {
        each.get("requirement") for each in verdicts if each.get("outcome") == "passed"
    }
    assert "<testsuite" in (report / "junit.xml").read_text()


@needs_mosquitto
async def test_the_plug_in_python_passes_over_both_transports(tmp_path: Path) -> None:
    broker = private_broker("127.0.0.1", 0, tmp_path / "broker", SystemClock())
    async with broker, plug(tmp_path, broker.address.url) as appliance:
        result = await judge(appliance, *QUICK, "R2.hands")
    assert failures(result) == []
    assert {each.id for each in result.verdicts if each.name == "R2.hands" and each.outcome is Outcome.PASSED} == {
        "R2.hands[mqtt]",
        "R2.hands[coap]",
    }
    assert {"T1", "T4", "T7", "D7", "S5", "C7", "C8", "E3", "E4"} <= passed(result)


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
