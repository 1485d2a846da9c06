"""What an appliance may do and the judge must not hold against it, each beside the defect that it could be taken for."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any, cast

import pytest

from gateway.conformance.bench import Bench
from gateway.conformance.checks.atomic import _no_part
from gateway.conformance.checks.command import _same_end, _twice
from gateway.conformance.checks.conversation import _session
from gateway.conformance.checks.lifecycle import safe_use_ends_so_many_years_after_its_start
from gateway.conformance.deeds import judge_refusal, objections
from gateway.conformance.failure import Failure
from gateway.conformance.frames import Frames
from gateway.conformance.line import Answer, Line, Refused, Request, Transport
from gateway.conformance.thing import Thing
from gateway.profile.library import Library

BOOST = {"boost": {"type": "boolean"}}
AWHILE = 0.04
"""Seconds after which a boost ends by itself."""


class Heater:
    """A heater with a boost, as a line. `ends`: it ends by itself, back to off; `forgets`: a known id acts once more."""

    transport = Transport.COAP

    def __init__(self, *, ends: bool = False, forgets: bool = False) -> None:
        self.boost = False
        self._ends, self._forgets = ends, forgets
        self._seq = 0
        self._known: dict[str, Answer] = {}

    async def state(self) -> dict[str, Any]:
        return {"boost": self.boost, "$": {"boot": 1, "seq": self._seq}}

    async def ask(self, request: Request, *, answer: Answer, **_: Any) -> Answer:
        if request.id not in self._known or self._forgets:
            self._set(bool(request.input))
        known = self._known.setdefault(request.id or f"own-{self._seq}", answer)
        answer.stages[:] = known.stages or [{"id": request.id, "state": "completed", "boot": 1, "seq": self._seq}]
        return answer

    def _set(self, on: bool) -> None:
        self.boost, self._seq = on, self._seq + 1
        if on and self._ends:
            asyncio.get_running_loop().call_later(AWHILE / 2, self._set, False)


def thing(**td: Any) -> Thing:
    return Thing(b"", Library(), td=td)


def bench(line: Any, properties: Mapping[str, Any] = BOOST, **td: Any) -> Bench:
    lines = {Transport.COAP: cast("Line", line)}
    told = thing(properties={name: dict(body) for name, body in properties.items()}, **td)
    return Bench(thing=told, lines=lines, line=cast("Line", line), frames=Frames(time.monotonic), seed=1, until=0.0)


STEP = {"write": "boost", "value": False, "then": True}


async def test_a_boost_that_ends_by_itself_is_no_command_that_acts_twice() -> None:
    await _twice(bench(Heater(ends=True)), STEP)


async def test_a_known_id_that_acts_once_more_is_told() -> None:
    with pytest.raises(Failure, match="has no effect"):
        await _twice(bench(Heater(forgets=True)), STEP)


def ended(state: str, code: str, **error: Any) -> Answer:
    answer = Answer(Request(operation="writeproperty", name="powerOnState", input="off"))
    answer.stages.append({"id": "x", "state": state, "error": {"code": code, **error}})
    return answer


def test_an_error_over_coap_tells_why_and_not_at_which_stage() -> None:
    rejected, failed = ended("rejected", "schema"), ended("failed", "schema").last
    assert _same_end(Transport.COAP, rejected, failed)
    assert not _same_end(Transport.MQTT, rejected, failed)
    assert not _same_end(Transport.COAP, rejected, ended("failed", "device-error").last)


@pytest.mark.parametrize(("one", "other", "alike"), [("rejected", "failed", True), ("rejected", "expired", False)])
async def test_sessions_on_two_wires_are_compared_by_what_each_can_tell(one: str, other: str, alike: bool) -> None:
    class Refuses(Heater):
        end = one

        async def ask(self, request: Request, *, answer: Answer, **_: Any) -> Answer:
            answer.stages.append({"id": request.id, "state": self.end, "error": {"code": "schema"}})
            return answer

    first, second = Refuses(), Refuses()
    second.end = other
    told = [
        await _session(bench(line), cast("Line", line), {"boost": False}, [{"write": "boost", "value": True}]) for line in (first, second)
    ]
    assert (told[0] == told[1]) is alike


PLUG = {"powerOnState": {"enum": ["off", "last"]}, "feedsKind": {"type": "string"}}
GUARD = {
    "id": "guard",
    "type": "guardWritable",
    "property": "power",
    "values": [False],
    "unless": {"feedsKind": ["refrigerator"]},
    "else": "needs-confirm",
}


def told(kind: str) -> dict[str, Any]:
    return {"feedsKind": kind, "powerOnState": "last", "$": {"boot": 1, "seq": 1}}


def test_a_home_may_ask_a_person_before_what_would_get_round_a_guard_of_the_profile() -> None:
    plug = bench(Heater(), PLUG, **{"hl:constraints": [GUARD]})
    asks = ended("rejected", "needs-confirm", confirm="token")
    assert judge_refusal(plug, told("refrigerator"), told("refrigerator"), asks) is False
    for kind, answer in (("none", asks), ("refrigerator", ended("rejected", "needs-confirm"))):
        with pytest.raises(Failure, match="as if it were none"):
            judge_refusal(plug, told(kind), told(kind), answer)


FAN = {"fanMode": {"enum": ["low", "auto"]}, "fanPercent": {"type": "integer"}}
FORM = {"id": "form", "type": "implies", "if": {"fanMode": ["auto"]}, "then": {"fanPercent": [0]}, "onViolation": "reset"}


def test_a_write_that_contradicts_itself_is_no_valid_one() -> None:
    fan = thing(properties=FAN, **{"hl:constraints": [FORM]})
    state = {"fanMode": "low", "fanPercent": 30, "$": {"boot": 1, "seq": 1}}
    both = Request(operation="writemultipleproperties", input={"fanMode": "auto", "fanPercent": 40})
    alone = Request(operation="writeproperty", name="fanMode", input="auto")
    assert [each.rule for each in objections(fan, state, both)] == ["form"]
    assert list(objections(fan, {**state, "fanPercent": 0}, alone)) == []


def test_a_part_of_an_atomic_write_is_told_and_what_is_on_its_way_is_none() -> None:
    before = {"mode": "cool", "targetTemperature": 20, "$": {"boot": 1, "seq": 1}}
    values = {"mode": "heat", "targetTemperature": 25}
    answer = Answer(Request(operation="invokeaction", name="setComfort", input=values))
    answer.stages.append({"id": "x", "state": "completed"})
    with pytest.raises(Failure, match="a part of a write"):
        _no_part(before, {**before, "mode": "heat"}, values, answer)
    held = {**before, "mode": "heat", "$": {"boot": 1, "seq": 2, "pending": {"targetTemperature": "2026-11-30T12:00:00Z"}}}
    _no_part(before, held, values, answer)
    _no_part(before, {**before, **values}, values, answer)


class Aging:
    """Says until when it is safe; its life record is private, and over MQTT alone no form leads to it. `keeps`: it gives it to nobody."""

    transport = Transport.MQTT

    def __init__(self, *, keeps: bool = False) -> None:
        self._keeps = keeps

    async def state(self) -> dict[str, Any]:
        return {"safeUse": {"state": "ok", "until": "2034-02-01"}}

    async def read(self, name: str) -> Any:
        if self._keeps or name != "life":
            raise Refused({"code": "not-found"})
        return {"header": {"purchased": "2024-02-01", "safeUseYears": 10}}


def aging(**how: bool) -> Bench:
    return bench(Aging(**how), {"safeUse": {"type": "object"}}, **{"hl:kind": "plug"})


async def test_a_life_record_that_is_not_described_is_asked_for() -> None:
    await safe_use_ends_so_many_years_after_its_start.run(aging())


async def test_a_term_of_one_without_a_life_record_is_a_guess() -> None:
    with pytest.raises(Failure, match="no end of safe use"):
        await safe_use_ends_so_many_years_after_its_start.run(aging(keeps=True))
