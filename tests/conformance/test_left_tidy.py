"""What a check leaves behind when it fails: no task that nobody looks after, and a failure that says what came."""

import asyncio
import gc
from contextlib import asynccontextmanager
from typing import Any

import pytest

from gateway.conformance.bench import Bench
from gateway.conformance.checks.clock import a_clock_that_is_set_breaks_nothing
from gateway.conformance.checks.network import it_serves_its_home_without_the_internet
from gateway.conformance.failure import Failure, Gone
from gateway.conformance.line import Answer, Hearing, Request, Transport
from tests.conformance.test_fairness import bench as bench_of

LIGHT = {"power": {"type": "boolean"}}
SHOWN = {"power": False, "$": {"boot": 1, "seq": 1, "ts": "2026-11-30T10:00:00Z"}}


class Line:
    """Takes writes until `deaf`; a diagnosis ends badly as soon as its follower lets go."""

    transport = Transport.COAP

    def __init__(self) -> None:
        self.deaf = False
        self._power = False

    async def state(self) -> dict[str, Any]:
        return {**SHOWN, "power": self._power}

    async def td(self) -> bytes:
        return b"{}"

    async def ask(self, request: Request, *, answer: Answer | None = None, **_: Any) -> Answer:
        if request.operation == "invokeaction":
            await asyncio.sleep(0.31)
            raise Gone("an answer to GET run/x", came="timed out")
        if self.deaf:
            raise Gone("an answer to PUT p/power", came="no route to host")
        self._power = request.input
        answer = answer or Answer(request)
        answer.stages.append({"id": "x", "state": "completed", "boot": 1, "seq": 1})
        return answer

    @asynccontextmanager
    async def hearing(self, *_: str) -> Any:
        yield Hearing()


class Hands:
    """They make the line deaf with whatever they do."""

    abilities = frozenset({"clock", "advance", "internet"})

    def __init__(self, line: Line) -> None:
        self._line = line

    async def do(self, what: str, **_: Any) -> dict[str, Any]:
        self._line.deaf = what != "advance"
        return {"ok": True}


def bench() -> Bench:
    line = Line()
    made = bench_of(line, LIGHT, actions={"runDiagnostics": {}})
    made.control = Hands(line)  # type: ignore[assignment]
    return made


async def test_a_diagnosis_that_was_begun_is_followed_to_its_end_also_where_the_check_fails() -> None:
    stray: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: stray.append(context))
    with pytest.raises(Gone):
        await a_clock_that_is_set_breaks_nothing.run(bench())
    await asyncio.sleep(0.05)
    gc.collect()
    assert stray == []


async def test_a_failure_without_the_internet_says_what_came_and_what_was_expected() -> None:
    with pytest.raises(Failure) as found:
        await it_serves_its_home_without_the_internet.run(bench())
    assert found.value.came == "no route to host"
    assert "an answer to PUT p/power" in found.value.expected
