"""Twins that do not bear what happens around them: bad networks, a broker that restarts, clocks that jump, no internet."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from firmware_sim.refusal import Refusal
from firmware_sim.twins.seams import Body, around, hears, instead, notifies, says, serves, tells_acks
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.coap_site import Feed
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.order import TERMINAL

JUMP = 3600.0
"""Seconds from which on a difference of the clock is a jump."""

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
    """Tell nothing more of its state, once there was something to tell while the network was bad."""
    lost: list[bool] = []

    def is_lost() -> bool:
        if unit.network.loss > 0 or unit.network.delay > 0:
            lost.append(True)
        return bool(lost)

    def kept(message: Message) -> Iterable[Message]:
        state = "/p/" in message.topic or message.topic.endswith("/self/s")
        return [] if state and is_lost() else [message]

    def push(feed: Feed, item: Response | None) -> None:
        if not is_lost():
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


DEFECTS: dict[str, Defect] = {
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
}
"""Name of a twin to what is wrong with it."""
