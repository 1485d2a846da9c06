"""A2, A3: a plug that knows what it feeds, and a transmitter that repeats what it learned."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.laboratory import returned
from gateway.conformance.line import Request
from gateway.conformance.thing import Thing

LAMP: Final = "light"
GUARD: Final = "plug-protected"


def _feeds(thing: Thing) -> str:
    return "" if {"power", "feedsKind"} <= set(thing.writable) else "it feeds nothing it could be told about"


@check("A2", each=True, applies=_feeds, seconds=0.5)
async def what_it_feeds_is_not_cut_off_unasked(bench: Bench) -> None:
    """A plug that feeds a refrigerator asks a person before it is switched off; one that feeds a lamp does not.

    Judged, for each kind its guard names: off is refused with `needs-confirm`, also when the same write says it feeds nothing; with the
    token it is done. For a lamp off is done at once.
    """
    before = await returned(bench, bench.line)
    try:
        for kind in _protected(bench.thing):
            await _set(bench, power=True, feedsKind=kind)
            await _asks(bench, kind)
        await _set(bench, feedsKind=LAMP)
        await _set(bench, power=True)
        answer = await bench.line.ask(Request(operation="writeproperty", name="power", input=False))
        if answer.state != "completed":
            raise Failure("a lamp is switched off at once", sent={"feedsKind": LAMP, "power": False}, came=answer.last)
    finally:
        with suppress(Failure):
            await _set(bench, **{name: before[name] for name in ("feedsKind", "power") if name in before})


def _protected(thing: Thing) -> list[str]:
    """Return the kinds its description protects, by the standard's guard at least the refrigerator."""
    rules = thing.td.get("hl:constraints", ())
    guard = next((rule for rule in rules if isinstance(rule, Mapping) and rule.get("id") == GUARD), {})
    named = guard.get("unless", {}).get("feedsKind", ()) if isinstance(guard.get("unless"), Mapping) else ()
    known = thing.properties["feedsKind"].get("enum", ())
    return [kind for kind in dict.fromkeys(("refrigerator", *named)) if kind in known]


async def _set(bench: Bench, **values: Any) -> None:
    answer = await bench.line.ask(Request(operation="writemultipleproperties", input=values))
    if answer.state != "completed":
        raise Failure("what a plug feeds, and that it is on, can be set", sent=values, came=answer.last)


async def _asks(bench: Bench, kind: str) -> None:
    tries = ({"power": False}, {"power": False, "feedsKind": "none"})
    answers = [await bench.line.ask(Request(operation="writemultipleproperties", input=values)) for values in tries]
    for values, answer in zip(tries, answers, strict=True):
        if answer.refused != "needs-confirm":
            raise Failure(f"a plug that feeds a {kind} asks a person", sent=values, came=answer.last)
    if (state := await returned(bench, bench.line)).get("power") is not True:
        raise Failure(f"what was refused leaves the {kind} its power", came=state.get("power"))
    asked = await bench.line.ask(Request(operation="writeproperty", name="power", input=False))
    done = await bench.line.ask(Request(operation="writeproperty", name="power", input=False, confirm=str(asked.error.get("confirm", ""))))
    if done.state != "completed":
        raise Failure("with its token it is switched off", sent={"feedsKind": kind, "power": False}, came=done.last)


# Infrared

WITHIN: Final = 0.05
LISTENS: Final = 0.3
"""Seconds until it listens."""


def _sends(thing: Thing) -> str:
    return "" if {"learn", "send"} <= set(thing.actions) else "it sends no infrared"


@check("A3", "replay", hands=("touch", "truth"), applies=_sends, seconds=1.5)
async def a_learned_code_is_repeated_as_it_was(bench: Bench) -> None:
    """A code it learned is sent with the carrier and the pulse times it was learned with, each within 5 %.

    Judged, where the laboratory shines into its receiver (`touch`: `infrared`) and watches its diodes (`truth`: `lastSent`): a code of a
    known encoding and one of none. What stands behind a transmitter as a virtual appliance is judged as an appliance of its kind; that its
    values are `assumed` is its gateway's to say.
    """
    for pulses, carrier in ((_nec(0x04, 0x08), 38000), (_unknown(bench), 36000)):
        code = await _learned(bench, pulses, carrier)
        try:
            answer = await bench.line.ask(Request(operation="invokeaction", name="send", input={"code": code}))
            if answer.state != "completed":
                raise Failure("a learned code is sent", sent={"code": code}, came=answer.last)
            _judge(pulses, carrier, await _sent(bench))
        finally:
            with suppress(Failure):
                await bench.line.ask(Request(operation="invokeaction", name="forgetCode", input={"code": code}))


async def _learned(bench: Bench, pulses: Sequence[int], carrier: int) -> str:
    task = asyncio.create_task(
        bench.line.ask(Request(operation="invokeaction", name="learn", input={"name": "judge"}), patience=40.0), name="learning"
    )
    try:
        await asyncio.sleep(LISTENS)
        await bench.hands.do("touch", set={"infrared": {"raw": list(pulses), "carrier": carrier}})
        answer = await task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Failure):
            await task
    out = answer.last.get("out")
    if answer.state != "completed" or not isinstance(out, Mapping) or not out.get("code"):
        raise Failure(
            "a key that is pressed while it listens is learned", sent={"pulses": len(pulses), "carrier": carrier}, came=answer.last
        )
    return str(out["code"])


async def _sent(bench: Bench) -> Mapping[str, Any]:
    truth = (await bench.hands.do("truth")).get("truth")
    sent = truth.get("lastSent") if isinstance(truth, Mapping) else None
    if not isinstance(sent, Mapping):
        raise Untried("the laboratory does not watch what is sent (`truth`: `lastSent`)")
    return sent


def _judge(pulses: Sequence[int], carrier: int, sent: Mapping[str, Any]) -> None:
    if abs(sent["carrier"] - carrier) > WITHIN * carrier:
        raise Failure("the carrier within 5 %", sent=carrier, came=sent["carrier"])
    raw = list(sent["raw"])[: len(pulses)]
    off = [(was, now) for was, now in zip(pulses, raw, strict=False) if abs(now - was) > WITHIN * was]
    if len(raw) < len(pulses) or off:
        raise Failure("as many pulses, each within 5 %", sent=list(pulses)[:16], came={"pulses": len(raw), "off": off[:8]})


def _nec(address: int, command: int) -> list[int]:
    """Return the pulses of a code of the encoding most remotes use, in microseconds."""
    bits = address | (address ^ 0xFF) << 8 | command << 16 | (command ^ 0xFF) << 24
    pulses = [9000, 4500]
    for at in range(32):
        pulses += [560, 1690 if bits >> at & 1 else 560]
    return [*pulses, 560]


def _unknown(bench: Bench) -> list[int]:
    """Return pulses of no encoding: an odd number, beginning and ending with a mark."""
    return [3333, 1777, *(bench.random.choice((430, 870, 1310)) for _ in range(41))]
