"""Twins that are slow, tell late, or do not know what to do with a crowd."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any

from firmware_sim.twins.command import later
from firmware_sim.twins.seams import around, instead, notifies, serves
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request


def slow(seconds: Callable[[int], float]) -> Defect:
    """Look at the n-th command this much later than it came."""

    def defect(unit: TwinUnit) -> None:
        numbers = iter(range(1 << 62))

        def receiving(whole: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
            return lambda inbox, message: later(seconds(next(numbers)), whole, inbox, message)

        def handling(whole: Callable[[Request], Any]) -> Callable[[Request], Any]:
            async def handle(request: Request) -> Any:
                if request.method != "GET":
                    await asyncio.sleep(seconds(next(numbers)))
                return await whole(request)

            return handle

        unit.fresh("native_mqtt", lambda wire: around(wire, "_receive", receiving))
        serves(unit, lambda resources: around(resources, "handle", handling))

    return defect


def tells_late(seconds: float, *wires: str) -> Defect:
    """Tell changes of its state this much late."""

    def defect(unit: TwinUnit) -> None:
        def noticing(whole: Callable[[Any], None]) -> Callable[[Any], None]:
            return lambda notice: later(seconds, whole, notice)

        if "mqtt" in wires:
            unit.fresh("native_mqtt", lambda wire: around(wire, "_noticed", noticing))
        if "coap" in wires:
            notifies(unit, lambda feed, item: later(seconds, feed.push, item))

    return defect


def rate_without_age(unit: TwinUnit) -> None:
    """Turn a crowd away without saying when to come again."""

    def terse(wire: Any) -> None:
        pace = wire._endpoint.pace  # noqa: SLF001 - a defect is inside
        pace.rate = pace.burst = 50.0
        instead(pace, "options", lambda: b"")

    unit.fresh("native_coap", terse)


def rate_as(change: Callable[[bytes], bytes]) -> Defect:
    """Turn a crowd away with another message than it should be."""

    def defect(unit: TwinUnit) -> None:
        def wrong(wire: Any) -> None:
            pace = wire._endpoint.pace  # noqa: SLF001 - a defect is inside
            pace.rate = pace.burst = 50.0
            around(pace, "refusal", lambda whole: lambda request: change(whole(request)))

        unit.fresh("native_coap", wrong)

    return defect


def every_tenth(number: int) -> float:
    """Return the delay of the n-th command of one that is slow now and then."""
    return 2.0 if number % 10 == 9 else 0.0  # noqa: PLR2004 - every tenth


def hangs_in_a_crowd(unit: TwinUnit) -> None:
    """Answer nobody for a while once a crowd has asked."""
    asked: list[float] = []

    def handling(whole: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Any:
            now = asyncio.get_running_loop().time()
            asked[:] = [at for at in asked if at > now - 1.0] + [now]
            if len(asked) > 100:  # noqa: PLR2004 - a hundred in a second are a crowd
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(15.0):
                        await asyncio.get_running_loop().create_future()
            return await whole(request)

        return handle

    serves(unit, lambda resources: around(resources, "handle", handling))


DEFECTS: dict[str, Defect] = {
    "slow": slow(lambda _: 0.7),
    "slow-now-and-then": slow(every_tenth),
    "tells-late-over-mqtt": tells_late(0.9, "mqtt"),
    "tells-late-over-coap": tells_late(0.9, "coap"),
    "rate-without-age": rate_without_age,
    "rate-without-token": rate_as(lambda said: bytes((said[0] & 0xF0,)) + said[1:4] + said[4 + (said[0] & 15) :]),
    "rate-as-acknowledgement": rate_as(lambda said: bytes((said[0] & 0xCF | 0x20,)) + said[1:]),
    "hangs-in-a-crowd": hangs_in_a_crowd,
}
"""Name of a twin to what is wrong with it."""
