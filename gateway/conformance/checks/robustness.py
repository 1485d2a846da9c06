"""R: what must hold when the mains fail, the network is bad, the broker forgets, the clock jumps and the internet is away.

Everything rough is done by the hands of a laboratory and taken back, whatever comes of it (`laboratory.py`).
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.deeds import same, settled
from gateway.conformance.failure import Failure, Untried
from gateway.conformance.laboratory import cut, returned
from gateway.conformance.line import Request, State
from gateway.conformance.settings import another, settings, values_of
from gateway.conformance.thing import Thing

CUTS: Final = (0.02, 0.5, 2.0, 30.0, 179.0, 590.0, 3600.0, 28800.0)
"""Seconds without mains, from a flicker to a night."""
REMEMBERED: Final = 600.0
"""Seconds for which an id means the command it came with."""


def _has_settings(thing: Thing) -> str:
    return "" if settings(thing) else "it has no setting that a power cut must not change"


@check("R1", "settings", hands=("power", "advance"), applies=_has_settings, seconds=6.0)
async def what_was_completed_outlives_a_power_cut(bench: Bench) -> None:
    """A completed write still holds after a power cut, its id still means it, and the count of starts has grown.

    Judged: for drawn settings and cuts of 20 ms to 8 h, the setting shows what was written; the same id again, within its ten minutes, is
    answered as before and does nothing, even where the setting was changed in between; a new boot has a bigger number. Not judged: what
    moves by itself (timers, positions), and `power`, which `powerOnState` decides.
    """
    await _as_it_was(bench)

    async def holds(step: Mapping[str, Any]) -> None:
        name, value, seconds = step["name"], step["value"], step["cut"]
        request = Request(operation="writeproperty", name=name, input=value, id=bench.new_id("cut"))
        first = await bench.line.ask(request)
        if first.state != "completed":
            return  # refused as things stand: C1 and E1 ask whether rightly
        before = await settled(bench.line, first.last)
        after = await cut(bench, seconds)
        _kept(step, before, after)
        if seconds < REMEMBERED:
            await _not_again(bench, request, first.last, after)

    await bench.for_all(_steps(bench.thing, CUTS), holds, most=min(bench.examples, 5))


def _steps(thing: Thing, cuts: tuple[float, ...]) -> st.SearchStrategy[dict[str, Any]]:
    """Return drawn settings with values, and how long the mains fail after each."""
    choices = st.sampled_from(settings(thing)).flatmap(
        lambda name: st.fixed_dictionaries({"name": st.just(name), "value": st.sampled_from(values_of(thing.properties[name]))})
    )
    return st.builds(lambda choice, seconds: {**choice, "cut": seconds}, choices, st.sampled_from(cuts))


def _kept(step: Mapping[str, Any], before: State, after: State) -> None:
    name = step["name"]
    if before.get(name) == step["value"] and after.get("power") == before.get("power") and after.get(name) != step["value"]:
        raise Failure(f"{name} shows after a power cut what was written before it", sent=step, came={name: after.get(name)})


async def _not_again(bench: Bench, request: Request, ack: Mapping[str, Any], state: State) -> None:
    """Change the setting, then ask the old question again: it is answered as it was and acts no more."""
    other = await another(bench, request.name, state)
    again = await bench.line.ask(request)
    if again.state != ack.get("state"):
        raise Failure("the same id after a power cut is answered as before it", sent=request.id, came=again.last)
    now = (await returned(bench, bench.line)).get(request.name)
    if other is not None and not same(now, other[0]):
        raise Failure("a command that was carried out before a power cut is not repeated after it", sent=request.input, came=now)


def _has_switch(thing: Thing) -> str:
    body = thing.properties.get("powerOnState", {})
    return "" if {"power", "powerOnState"} <= set(thing.writable) and body.get("enum") else "nobody can choose how it comes back"


@check("R1", "switch", hands=("power", "advance"), applies=_has_switch, seconds=3.0)
async def it_comes_back_as_it_was_told_to(bench: Bench) -> None:
    """After a power cut its switch is as `powerOnState` says: on, off, or as it was.

    Judged: each word of `powerOnState` with the switch the other way, for `last` both ways, before a cut of 2 s, as far as they can
    be written.
    """
    for word in bench.thing.properties["powerOnState"]["enum"]:
        for on in {"on": (False,), "off": (True,)}.get(word, (True, False)):
            with suppress(Failure):
                await bench.write("powerOnState", word)
                await bench.write("power", on)
            before = await returned(bench, bench.line)
            if before.get("powerOnState") != word or before.get("power") is not on:
                continue
            after = await cut(bench, 2.0)
            wanted = {"on": True, "off": False}.get(word, on)
            if after["$"]["boot"] != before["$"]["boot"] and after.get("power") is not wanted:
                raise Failure(f"power {wanted} after a cut", sent={"powerOnState": word, "power": on}, came=after.get("power"))


async def _as_it_was(bench: Bench) -> None:
    """Have it come back as it was, where that can be chosen."""
    if "last" in bench.thing.properties.get("powerOnState", {}).get("enum", ()) and "powerOnState" in bench.thing.writable:
        with suppress(Failure):
            await bench.write("powerOnState", "last")


@check("R1", "open", hands=("power", "advance"), applies=_has_settings, seconds=4.0)
async def what_was_open_has_one_end_after_a_power_cut(bench: Bench) -> None:
    """A command that was under way when the mains failed has exactly one end, and the state agrees with it.

    Judged: a write is sent and the mains cut at its first word; afterwards the same id brings one terminal ack, twice the same; where that
    is `completed`, the value is shown.
    """
    await _as_it_was(bench)

    async def holds(step: Mapping[str, Any]) -> None:
        name, value = step["name"], step["value"]
        request = Request(operation="writeproperty", name=name, input=value, id=bench.new_id("open"))
        before = await bench.line.state()
        first = await bench.line.begin(request)
        after = await cut(bench, step["cut"])
        ends = [await bench.line.ask(request) for _ in range(2)]
        if ends[0].state != ends[1].state:
            raise Failure("one end for one command", sent=step, came=[end.last for end in ends])
        if first.state not in ("completed", "accepted", "running", "delayed") and ends[0].state != first.state:
            raise Failure("a command that was refused stays refused after a power cut", sent=step, came=[first.last, ends[0].last])
        if first.state == "completed" and ends[0].state != "completed":
            raise Failure("a completed command is completed after a power cut, too", sent=step, came=ends[0].last)
        now = await returned(bench, bench.line)
        if ends[0].state == "completed" and now.get("power") == before.get("power") == after.get("power") and now.get(name) != value:
            raise Failure(f"{name} shows what is said to be completed", sent=step, came=now.get(name))

    await bench.for_all(_steps(bench.thing, CUTS[:4]), holds, most=min(bench.examples, 3))


def _is_guarded(thing: Thing) -> str:
    return "" if _guards(thing) else "it has no restart guard (a minInterval)"


def _guards(thing: Thing) -> list[Mapping[str, Any]]:
    rules = thing.td.get("hl:constraints", ())
    return [rule for rule in rules if isinstance(rule, dict) and rule.get("type") == "minInterval" and rule.get("property") in thing.public]


STRIDE: Final = 10.0
"""Seconds of the appliance's time between two looks."""


@check("R1", "guard", hands=("power", "advance"), applies=_is_guarded, seconds=6.0)
async def the_restart_guard_holds_through_power_cuts(bench: Bench) -> None:
    """What must rest before it starts again has rested, however often the mains failed meanwhile.

    Judged: `minInterval` rules, counted from the moment the mains failed, on what the appliance shows every 10 s after cuts of 20 ms to an
    hour; it is asked for full work before each. Where it never works, there is nothing to see, and the check is skipped.
    """
    await _as_it_was(bench)
    rule = _guards(bench.thing)[0]
    seen = 0

    async def holds(cuts: list[float]) -> None:
        nonlocal seen
        if not await _at_work(bench, rule):
            return
        seen += 1
        rested = 0.0
        for seconds in cuts:
            boot = (await bench.line.state())["$"]["boot"]
            state = await cut(bench, seconds)
            if state["$"]["boot"] == boot:
                continue  # it rode through
            rested += seconds
            rested = await _watched(bench, rule, state, rested, cuts)

    await bench.for_all(st.lists(st.sampled_from(CUTS[:7]), min_size=1, max_size=3), holds, most=min(bench.examples, 6))
    if not seen and bench.steps is None:
        raise Untried(f"{rule['property']} never showed {' or '.join(map(str, rule['to']))}, so nothing had to rest")


async def _at_work(bench: Bench, rule: Mapping[str, Any]) -> bool:
    """Ask for full work and wait, an hour of its time at most, until it works."""
    properties = bench.thing.properties
    wished = {"power": True, "mode": "cool", "targetTemperature": properties.get("targetTemperature", {}).get("minimum")}
    for name, value in wished.items():
        if name in bench.thing.writable and value is not None:
            with suppress(Failure):
                await bench.write(name, value)
    for _ in range(60):
        if (await bench.line.state()).get(rule["property"]) in rule["to"]:
            return True
        await bench.pass_time(60.0)
    return False


async def _watched(bench: Bench, rule: Mapping[str, Any], state: State, rested: float, cuts: list[float]) -> float:
    """Look for as long as the rest lasts; return 0 when it works again, else how long it has rested."""
    while True:
        if state.get(rule["property"]) in rule["to"]:
            if rested < rule["seconds"] - STRIDE / 2:
                came = {rule["property"]: state[rule["property"]], "rested": rested}
                raise Failure(f"{rule['id']}: {rule['seconds']} s of rest before {state[rule['property']]}", sent={"cuts": cuts}, came=came)
            return 0.0
        if rested > rule["seconds"]:
            return rested
        await bench.pass_time(STRIDE)
        rested += STRIDE
        state = await bench.line.state()
