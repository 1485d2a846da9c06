"""The suite runs against Things nobody here wrote, with an honest report; and our reading of TD 1.1 agrees with W3C's own schema."""

import asyncio
import json
import os
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.conformance.td_verdict import form_mistakes, schema_mistakes
from gateway.conformance.verdict import Outcome, Result
from tests.conformance.odd import failed, light, report
from tests.interop.test_clients import HERE, NODE_MODULES, WOTPY
from tests.interop.test_descriptions import SCHEMA

pytestmark = [pytest.mark.interop, pytest.mark.timeout(240)]
READY_SECONDS = 120.0


def free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def thing(command: Sequence[str], **environment: str) -> Iterator[dict[str, Any]]:
    """Run a servient; yield the description it says it has."""
    process = subprocess.Popen(
        list(command), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env={"PATH": os.environ["PATH"], **environment}
    )
    assert process.stdout is not None
    try:
        due = time.monotonic() + READY_SECONDS
        while time.monotonic() < due:
            if not select.select([process.stdout], [], [], 1.0)[0]:
                continue
            line = process.stdout.readline()
            assert line, "the servient ended before it was ready"
            if line.startswith("{"):
                yield json.loads(line)["td"]
                return
        pytest.fail("the servient never was ready")
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def tried(result: Result) -> set[str]:
    return {verdict.name for verdict in result.verdicts if verdict.outcome in (Outcome.PASSED, Outcome.FAILED)}


def test_a_thing_made_with_node_wot_gets_an_honest_report() -> None:
    if shutil.which("node") is None or not (NODE_MODULES / "@node-wot" / "binding-coap").exists():
        pytest.skip("node-wot is not installed: run `make interop` (needs npm)")
    port = free_port()
    with thing(["node", str(HERE / "node_wot_thing.cjs"), str(port)], NODE_PATH=str(NODE_MODULES)):
        result = asyncio.run(report(f"coap://127.0.0.1:{port}/counter"))
    assert {"T1", "T1.contexts", "T7", "S2.forms", "C1.forms"} <= tried(result)
    assert not failed(result) & {"T1", "S2", "C1"}
    assert not result.conformant
    assert not result.complete


def test_a_thing_made_with_wotpy_gets_an_honest_report(tmp_path: Path) -> None:
    if not WOTPY.exists():
        pytest.skip("wotpy is not installed: run `make interop`")
    with thing([str(WOTPY), str(HERE / "wotpy_thing.py"), str(free_port())]) as td:
        file = tmp_path / "lamp.td.json"
        file.write_text(json.dumps(td))
        result = asyncio.run(report(str(file)))
    assert {"T1", "T7", "S2.forms"} <= tried(result)
    assert "T1" not in failed(result)
    assert not result.conformant


DAMAGED: dict[str, Any] = {
    "nothing": lambda _: None,
    "no title": lambda td: td.pop("title"),
    "no security": lambda td: td.pop("security"),
    "no definitions": lambda td: td.pop("securityDefinitions"),
    "a scheme without a scheme": lambda td: td.update(securityDefinitions={"nosec": {}}),
    "a title that is a number": lambda td: td.update(title=5),
    "an operation nobody has": lambda td: td["properties"]["power"]["forms"][0].update(op=["getproperty"]),
    "a form that leads nowhere": lambda td: td["properties"]["power"]["forms"][0].pop("href"),
    "no forms": lambda td: td["properties"]["power"].pop("forms"),
    "no form": lambda td: td["actions"]["runDiagnostics"].update(forms=[]),
    "a type nobody has": lambda td: td["properties"]["power"].update(type="banana"),
    "a limit that is a word": lambda td: td["properties"]["brightness"].update(minimum="low"),
    "an enum without a word": lambda td: td["properties"]["power"].update(enum=[]),
    "an event with another's operation": lambda td: td["events"]["faultRaised"]["forms"][0].update(op="readproperty"),
    "a version without an instance": lambda td: td.update(version={"model": "1.0.0"}),
    "properties in a list": lambda td: td.update(properties=[]),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_our_reading_of_td_1_1_agrees_with_the_schema_of_w3c(damage: str) -> None:
    if not SCHEMA.exists():
        pytest.skip("the TD 1.1 schema comes with node-wot: run `make interop`")
    td = light("192.0.2.7")
    DAMAGED[damage](td)
    assert bool(form_mistakes(td)) is bool(schema_mistakes(td, json.loads(SCHEMA.read_text()))) is (damage != "nothing")
