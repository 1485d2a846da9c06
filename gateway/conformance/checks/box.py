"""B4: a set-top box boots in time, and keeps its picture on a network that is as bad as the standard allows."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.failure import Failure, NotAsked, Untried
from gateway.conformance.laboratory import cut, returned
from gateway.conformance.tables import box_limits
from gateway.conformance.thing import Thing

REPORTED: Final = {"firstPictureTime": "first-picture", "bootTime": "normal-picture"}
LINE: Final = ("jitter", "loss", "delay")
"""What the line to an operator does: `touch` sets it under these names, in ms, as a share, in ms."""
NORMAL: Final = frozenset({"playing", "paused"})
HELD: Final = 10


def _is_box(thing: Thing) -> str:
    return "" if thing.kind == "set-top-box" else "it is no set-top box"


@check("B4", "times", applies=_is_box, seconds=0.1)
async def the_times_it_reports_are_short_enough(bench: Bench) -> None:
    """The times it tells of its last cold start are within the limits: 5 s to the first picture, 35 s to the normal one.

    Judged: `firstPictureTime` and `bootTime`, where it has them, against `set-top-box-rules`.
    """
    state, limits = await bench.line.state(), box_limits()
    told = {name: state[name] for name in REPORTED if name in state}
    if not told:
        raise NotAsked("it tells neither time of its start")
    for name, value in told.items():
        if value > limits[REPORTED[name]]:
            raise Failure(f"{name} of at most {limits[REPORTED[name]]:g} s", came=told)


@check("B4", "boot", hands=("power", "advance"), applies=_is_box, seconds=3.0)
async def it_shows_the_normal_picture_in_time(bench: Bench) -> None:
    """From mains on to the normal picture it takes no longer than 35 s.

    Judged: after a power cut of 5 s, `playback` is playing or paused again within 35 s of its time, where it was before.
    """
    limit = box_limits()["normal-picture"]
    await _playing(bench)
    with suppress(Failure):
        await bench.write("powerOnState", "last")
    passed = 0.0
    await cut(bench, 5.0)
    while (await returned(bench, bench.line)).get("playback") not in NORMAL:
        if passed > limit:
            raise Failure(f"the normal picture within {limit:g} s", came=(await bench.line.state()).get("playback"))
        await bench.pass_time(1.0)
        passed += 1.0


async def _playing(bench: Bench) -> Mapping[str, Any]:
    """Have it play; raise Untried where it does not tell or does not come to it."""
    if "playback" not in bench.thing.public:
        raise NotAsked("it does not tell whether it plays")
    with suppress(Failure):
        await bench.write("power", True)
    for _ in range(60):
        state = await returned(bench, bench.line)
        if state.get("playback") in NORMAL:
            return state
        await bench.pass_time(1.0)
    raise Untried("it does not play as things stand: give it a channel with a programme")


@check("B4", "line", hands=("touch", "advance"), applies=_is_box, seconds=2.0)
async def the_picture_holds_on_a_bad_line(bench: Bench) -> None:
    """The picture holds at 50 ms of jitter, at one lost packet in a thousand and at one second of delay.

    Judged: each alone, set on the line to the operator by the laboratory (`touch`: `jitter`, `loss`, `delay`) for 10 s, while it plays.
    """
    state, limits = await _playing(bench), box_limits()
    told = state.get("ipQuality")
    usual = told if isinstance(told, Mapping) else {}
    for name in LINE:
        try:
            await bench.hands.do("touch", set={name: limits[name]})
            await _holds(bench, {name: limits[name]})
        finally:
            with suppress(Untried):
                await asyncio.shield(bench.hands.do("touch", set={name: usual.get(name, 0)}))


async def _holds(bench: Bench, line: Mapping[str, float]) -> None:
    for _ in range(HELD):
        playback = (await returned(bench, bench.line)).get("playback")
        if playback not in NORMAL:
            raise Failure("the picture holds", sent=dict(line), came=playback)
        await bench.pass_time(1.0)
