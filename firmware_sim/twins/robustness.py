"""Twins that do not bear what happens: power cuts, bad networks, a broker that restarts, clocks that jump, no internet, a crowd."""

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.command import later
from firmware_sim.twins.seams import Body, answers, around, hears, instead, notifies, says, serves, tells_acks
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.coap_site import Feed
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.order import TERMINAL

JUMP = 3600.0
"""Seconds from which on a difference of the clock is a jump."""

# Power cuts


def comes_up(change: Callable[[TwinUnit, Body], Mapping[str, Any]]) -> Defect:
    """Come up after a power cut with other settings; `change` is given those it had when it was new."""

    def defect(unit: TwinUnit) -> None:
        model = unit.appliance.model
        new = dict(model.settings)

        def lighting(whole: Callable[[float], None]) -> Callable[[float], None]:
            def lit(outage: float) -> None:
                whole(outage)
                model.settings.update(change(unit, new))

            return lit

        around(model, "lit", lighting)

    return defect


def forgets_lately(seconds: float) -> Defect:
    """Lose in a power cut what was set within the last seconds: flash that is written late."""

    def defect(unit: TwinUnit) -> None:
        model, clock = unit.appliance.model, unit.appliance.clock
        stored: list[tuple[float, Body]] = [(clock.now(), dict(model.settings))]

        def applying(whole: Callable[..., None]) -> Callable[..., None]:
            def apply(values: Body, *, confirmed: bool) -> None:
                whole(values, confirmed=confirmed)
                stored.append((clock.now(), dict(model.settings)))

            return apply

        def lighting(whole: Callable[[float], None]) -> Callable[[float], None]:
            def lit(outage: float) -> None:
                whole(outage)
                due = [settings for at, settings in stored if at < stored[-1][0] - seconds] or [stored[0][1]]
                model.settings.update(due[-1])

            return lit

        around(unit.appliance, "_apply", applying)
        around(model, "lit", lighting)

    return defect


def guard_ignored(unit: TwinUnit) -> None:
    """Let the compressor start again whenever it is wanted."""
    compressor: Any = unit.appliance.model.compressor  # type: ignore[attr-defined] # of the kinds that have one
    compressor.rest = 0.0


# A bad network


def under_trouble(change: Callable[[TwinUnit, Body], Iterable[Body]]) -> Defect:
    """Say other acks while the network is bad."""

    def defect(unit: TwinUnit) -> None:
        def changed(ack: Body) -> Iterable[Body]:
            bad = unit.network.loss > 0 or unit.network.delay > 0
            return change(unit, ack) if bad and ack["state"] in TERMINAL else [ack]

        tells_acks(unit, changed)

    return defect


def deaf_under_trouble(unit: TwinUnit) -> None:
    """Hear no command while the network is slow."""
    hears(unit, lambda _, message: None if unit.network.delay > 0 else message)

    def handling(whole: Callable[[Request], Any]) -> Callable[[Request], Any]:
        async def handle(request: Request) -> Response:
            if unit.network.delay > 0:
                await asyncio.get_running_loop().create_future()
            answered: Response = await whole(request)
            return answered

        return handle

    serves(unit, lambda resources: around(resources, "handle", handling))


def state_lost_under_trouble(unit: TwinUnit) -> None:
    """Lose for good what of its state is told while the network is bad."""

    def kept(message: Message) -> Iterable[Message]:
        lost = (unit.network.loss > 0 or unit.network.delay > 0) and ("/p/" in message.topic or message.topic.endswith("/self/s"))
        return [] if lost else [message]

    def push(feed: Feed, item: Response | None) -> None:
        if unit.network.loss == 0 and unit.network.delay == 0:
            feed.push(item)

    says(unit, kept)
    notifies(unit, push)


# A broker that restarts


class _Later:
    """A link after the first one, on which something is left out."""

    def __init__(self, link: Any) -> None:
        self._link = link

    def __getattr__(self, name: str) -> Any:
        return getattr(self._link, name)

    async def subscribe(self, *_: str) -> None:
        """Ask for nothing."""


def reconnects_deaf(unit: TwinUnit) -> None:
    """Ask for commands on its first connection only."""
    stood: list[bool] = []

    def conversing(whole: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def converse(link: Any) -> Any:
            first = not stood
            stood.append(True)
            return whole(link if first else _Later(link))

        return converse

    unit.fresh("native_mqtt", lambda wire: around(wire, "_converse", conversing))


def reconnects_silent(unit: TwinUnit) -> None:
    """Say what counts on its first connection only."""
    told: list[bool] = []

    def announcing(whole: Callable[[Any], None]) -> Callable[[Any], None]:
        def announce(outbox: Any) -> None:
            if not told:
                whole(outbox)
            told.append(True)

        return announce

    unit.fresh("native_mqtt", lambda wire: around(wire, "_announce", announcing))


def reconnects_never(unit: TwinUnit) -> None:
    """Give up once its connection fell."""

    def holding(whole: Callable[[Any], Any]) -> Callable[[Any], Any]:
        async def session(broker: Any) -> bool:
            stood: bool = await whole(broker)
            if stood:
                await asyncio.get_running_loop().create_future()
            return stood

        return session

    unit.fresh("native_mqtt", lambda wire: around(wire, "_session", holding))


# Clocks, and what is beyond the home


def stops_at_a_jump(unit: TwinUnit) -> None:
    """Stand still for good once the wall's clock jumped by more than an hour."""
    appliance = unit.appliance
    last = [appliance.clock.now()]
    stopped: list[bool] = []

    def passing(whole: Callable[[float], None]) -> Callable[[float], None]:
        def elapse(seconds: float) -> None:
            now = appliance.clock.now()
            if abs(now - last[0]) > JUMP:
                stopped.append(True)
            last[0] = now
            if not stopped:
                whole(seconds)

        return elapse

    def applying(whole: Callable[..., None]) -> Callable[..., None]:
        def apply(values: Body, *, confirmed: bool) -> None:
            if stopped or abs(appliance.clock.now() - last[0]) > JUMP:
                raise Refusal("device-error", "its clock is out of order")
            whole(values, confirmed=confirmed)

        return apply

    around(appliance, "elapse", passing)
    around(appliance, "_apply", applying)


def runs_by_the_wall_clock(unit: TwinUnit) -> None:
    """Measure long actions by the wall's clock, so that one set back makes them last a day longer, and one set forward ends them."""
    appliance = unit.appliance
    last = [appliance.clock.now()]

    def stepping(whole: Callable[[float], None]) -> Callable[[float], None]:
        def step(seconds: float) -> None:
            now = appliance.clock.now()
            jumped, last[0] = now - last[0], now
            whole(jumped if abs(jumped) > JUMP else seconds)

        return step

    around(appliance._runs, "step", stepping)  # noqa: SLF001 - a defect is inside


def leaves_without_internet(unit: TwinUnit) -> None:
    """Leave the home's network as soon as the internet is gone."""
    instead(unit.network, "leaves_after", 0.5)


def asks_its_cloud(unit: TwinUnit) -> None:
    """Refuse commands while its maker's cloud cannot be asked."""

    def checking(whole: Callable[[], None]) -> Callable[[], None]:
        def need() -> None:
            if not unit.network.internet:
                raise Refusal("offline", "the cloud is not reachable")
            whole()

        return need

    around(unit.appliance, "_need_remote", checking)


# Time, and a crowd


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
    answers(unit, lambda _, response: replace(response, max_age=None) if response.code == (4, 29) else response)


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
    "new-after-a-cut": comes_up(lambda _, new: new),
    "off-after-a-cut": comes_up(lambda unit, _: {"power": not unit.appliance.model.settings["power"]}),
    "forgets-the-last-minute": forgets_lately(60.0),
    "restart-guard-ignored": guard_ignored,
    "acks-lost-under-trouble": under_trouble(lambda *_: []),
    "acks-twice-under-trouble": under_trouble(lambda _, ack: [dict(ack), dict(ack)]),
    "deaf-under-trouble": deaf_under_trouble,
    "state-lost-under-trouble": state_lost_under_trouble,
    "reconnects-deaf": reconnects_deaf,
    "reconnects-silent": reconnects_silent,
    "reconnects-never": reconnects_never,
    "stops-at-a-jump": stops_at_a_jump,
    "runs-by-the-wall-clock": runs_by_the_wall_clock,
    "leaves-without-internet": leaves_without_internet,
    "asks-its-cloud": asks_its_cloud,
    "slow": slow(lambda _: 0.7),
    "slow-now-and-then": slow(every_tenth),
    "tells-late-over-mqtt": tells_late(0.9, "mqtt"),
    "tells-late-over-coap": tells_late(0.9, "coap"),
    "rate-without-age": rate_without_age,
    "hangs-in-a-crowd": hangs_in_a_crowd,
}
"""Name of a twin to what is wrong with it."""
