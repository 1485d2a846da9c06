"""Twins that let in, let out or believe what they should not."""

import copy
import dataclasses
from collections.abc import Callable, Iterable
from typing import Any

from aiocoap.pipe import Pipe

from firmware_sim.twins.seams import Body, answers, around, changed_body, changed_message, describes, instead, says
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_endpoint import Site
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.confirmation import Confirmations
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.order import Order

# What asks a person


def confirms_itself(unit: TwinUnit) -> None:
    """Do what a person has to confirm, without asking anybody."""
    instead(_confirmations(unit), "accept", lambda _: True)


def _confirmations(unit: TwinUnit) -> Confirmations:
    return unit.desk._confirmations  # noqa: SLF001 - a defect is inside


def any_token(unit: TwinUnit) -> None:
    """Take any text for a token."""
    instead(_confirmations(unit), "accept", lambda order: bool(order.confirm))


def token_again(unit: TwinUnit) -> None:
    """Take a token as often as it comes."""
    box = _confirmations(unit)

    def accepting(whole: Callable[[Order], bool]) -> Callable[[Order], bool]:
        def accept(order: Order) -> bool:
            given = dict(box._given)  # noqa: SLF001 - a defect is inside
            taken = whole(order)
            box._given.update(given)  # noqa: SLF001 - likewise
            return taken

        return accept

    around(box, "accept", accepting)


def token_for_anything(unit: TwinUnit) -> None:
    """Take a token for another request than it was given for."""
    box = _confirmations(unit)
    instead(box, "accept", lambda order: box._given.pop(order.confirm or "", None) is not None)  # noqa: SLF001 - a defect is inside


def token_for_ever(unit: TwinUnit) -> None:
    """Take a token however old it is."""
    instead(_confirmations(unit), "_now", lambda: 0.0)


def danger_3_obeyed(unit: TwinUnit) -> None:
    """Obey from afar what its own description keeps for the appliance itself."""

    def dangerous(td: Body) -> None:
        td["properties"]["powerOnState"]["hl:danger"] = 3

    describes(unit, dangerous)


# What nobody may see


def private_shown(unit: TwinUnit) -> None:
    """Treat private properties as public ones."""
    surface = copy.copy(unit.appliance.surface)
    surface.private = frozenset()
    around(unit.appliance, "thing_description", lambda whole: whole)
    instead(unit.appliance, "is_private", lambda _: False)

    def shown(whole: Callable[[], Body]) -> Callable[[], Body]:
        def document() -> Body:
            values = unit.appliance.values()
            return {**{name: values[name] for name in ("identity", "life") if name in values}, **whole()}

        return document

    around(unit.appliance, "document", shown)


def avail_says(**facts: Callable[[TwinUnit], str]) -> Defect:
    """Say more in `avail` than whether it is there."""

    def defect(unit: TwinUnit) -> None:
        def more(message: Message) -> Iterable[Message]:
            if not message.topic.endswith("/avail") or not message.payload:
                return [message]
            told = {name: value(unit) for name, value in facts.items()}
            return [changed_message(message, lambda body: {**body, **told})]

        says(unit, more)

    return defect


def token_for_everybody(unit: TwinUnit) -> None:
    """Keep the last token it gave out at the broker."""
    box = _confirmations(unit)
    last: list[str] = []

    def giving(whole: Callable[[Order], str]) -> Callable[[Order], str]:
        def give(order: Order) -> str:
            last[:] = [whole(order)]
            return last[0]

        return give

    def more(message: Message) -> Iterable[Message]:
        if "/c/" not in message.topic or not last:
            return [message]
        topic = f"{message.topic.partition('/c/')[0]}/self/avail"
        return [dataclasses.replace(message, topic=topic, payload=_online(last[0]), retain=True, correlation=None), message]

    around(box, "give", giving)
    says(unit, more)


def _online(token: str) -> bytes:
    return f'{{"state": "online", "confirm": "{token}"}}'.encode()


def serial_in_title(unit: TwinUnit) -> None:
    """Put its serial number into its name."""

    def named(td: Body) -> None:
        td["title"] = f"{td['title']} {unit.appliance.model.papers.serial}"

    describes(unit, named)


# Keys


class _Open:
    """A lock that lets everybody in who shows no key at all."""

    def __init__(self, locked: Any) -> None:
        self._locked = locked

    async def render_to_pipe(self, pipe: Pipe) -> None:
        """Answer whoever asks."""
        behind: Site = self._locked if pipe.request.opt.oscore is not None else self._locked._site  # noqa: SLF001 - a defect is inside
        await behind.render_to_pipe(pipe)


def left_open(unit: TwinUnit) -> None:
    """Answer everybody over CoAP although it was paired."""

    def opening(whole: Callable[..., Any]) -> Callable[..., Any]:
        return lambda port, site: whole(port, _Open(site) if hasattr(site, "_context") else site)

    unit.fresh("native_coap", lambda wire: around(wire._endpoint, "open", opening))  # noqa: SLF001 - a defect is inside


def replay_taken(unit: TwinUnit) -> None:
    """Take a protected message as often as it comes."""

    def opening(whole: Callable[..., Any]) -> Callable[..., Any]:
        def opened(port: int, site: Any) -> Any:
            context = getattr(site, "_context", None)
            if context is not None:
                instead(context.recipient_replay_window, "is_valid", lambda _: True)
                instead(context.recipient_replay_window, "strike_out", lambda _: None)
            return whole(port, site)

        return opened

    unit.fresh("native_coap", lambda wire: around(wire._endpoint, "open", opening))  # noqa: SLF001 - a defect is inside


def private_to_all(unit: TwinUnit) -> None:
    """List its private values in the state over CoAP."""

    def more(request: Request, response: Response) -> Response:
        if request.path != ("d", "self", "s") or request.method != "GET":
            return response
        return changed_body(response, lambda body: {"identity": unit.appliance.values()["identity"], **body} if "$" in body else body)

    answers(unit, more)


DEFECTS: dict[str, Defect] = {
    "confirms-itself": confirms_itself,
    "any-token": any_token,
    "token-again": token_again,
    "token-for-anything": token_for_anything,
    "token-for-ever": token_for_ever,
    "danger-3-obeyed": danger_3_obeyed,
    "private-shown": private_shown,
    "private-over-coap": private_to_all,
    "serial-in-avail": avail_says(serial=lambda unit: unit.appliance.model.papers.serial),
    "serial-in-title": serial_in_title,
    "token-for-everybody": token_for_everybody,
    "left-open": left_open,
    "replay-taken": replay_taken,
}
"""Name of a twin to what is wrong with it."""
