"""Twins that are wrong about their state: what they show, when they say it, and what number they give it."""

import dataclasses
import math
from collections.abc import Callable, Iterable
from itertools import count
from typing import Any

from firmware_sim.constraints import settled
from firmware_sim.requests import as_declared
from firmware_sim.twins.seams import Body, answers, around, changed_body, changed_message, instead, reads, says, tells_state
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.mqtt_link import Message

# One state, told in several places


def p_topic_behind(unit: TwinUnit) -> None:
    """Publish under `p/` what was true before the last change."""
    before: dict[str, Message] = {}

    def late(message: Message) -> Iterable[Message]:
        if "/p/" not in message.topic:
            return [message]
        earlier, before[message.topic] = before.get(message.topic, message), message
        return [earlier]

    says(unit, late)


def p_topic_stuck(unit: TwinUnit) -> None:
    """Publish each property once and never again."""
    said: set[str] = set()

    def once(message: Message) -> Iterable[Message]:
        if "/p/" in message.topic and message.topic in said:
            return []
        said.add(message.topic)
        return [message]

    says(unit, once)


def coap_property_stuck(unit: TwinUnit) -> None:
    """Answer a property over CoAP as it was when it was asked for first."""
    first: dict[tuple[Any, ...], Response] = {}

    def kept(request: Request, response: Response) -> Response:
        if request.method != "GET" or request.path[:3] != ("d", "self", "p"):
            return response
        return first.setdefault((request.path, request.accept), response)

    answers(unit, kept)


def state_without(prefix: str) -> Defect:
    """Leave out of `s` on MQTT what begins with `prefix`."""

    def lacking(message: Message) -> Iterable[Message]:
        if not message.topic.endswith("/self/s"):
            return [message]
        return [changed_message(message, lambda body: {name: value for name, value in body.items() if not name.startswith(prefix)})]

    return lambda unit: says(unit, lacking)


# Values that are none


def told_as(fits: Callable[[Body], bool], change: Callable[[Body, Any], Any]) -> Defect:
    """Report every property whose schema fits as something else."""

    def defect(unit: TwinUnit) -> None:
        schemas = {name: dict(body) for name, body in unit.appliance.surface.properties.items() if fits(dict(body))}
        tells_state(unit, lambda name, value: change(schemas[name], value) if name in schemas else value)

    return defect


def _is_setting(body: Body) -> bool:
    return body.get("type") in ("integer", "number") and not body.get("readOnly") and not body.get("hl:private")


def _is_measured(body: Body) -> bool:
    return body.get("type") in ("integer", "number") and bool(body.get("readOnly")) and not body.get("hl:private")


def _is_word(body: Body) -> bool:
    return "enum" in body and body.get("type") == "string" and not body.get("hl:openEnum")


def _raw_byte(body: Body, value: Any) -> Any:
    return round(value / body["maximum"] * 255) if body.get("unit") == "%" else value


def _scaled(body: Body, value: Any) -> Any:
    return value * 10 + body["maximum"] if "maximum" in body else value


# Rules between values


def rule_ignored(*types: str) -> Defect:
    """Take writes without regard to the constraints of these types, as if they were not in the profile."""

    def defect(unit: TwinUnit) -> None:
        appliance = unit.appliance
        kept = [rule for rule in appliance.surface.constraints if rule["type"] not in types]

        def apply(values: Body, *, confirmed: bool) -> None:
            clean = {name: as_declared(appliance.surface.properties[name], value) for name, value in values.items()}
            changes = settled(
                kept, appliance.surface.properties, {**appliance.values(), **appliance.model.settings}, clean, confirmed=confirmed
            )
            appliance.model.settings.update(changes)
            appliance.model.changed(tuple(changes))
            appliance._settle()  # noqa: SLF001 - a defect is inside

        instead(appliance, "_apply", apply)

    return defect


# Counting


def seq_moved(step: Callable[[int], int]) -> Defect:
    """Go on by `step(seq)` with each change, where the healthy one goes on by one."""

    def defect(unit: TwinUnit) -> None:
        chronicle = unit.appliance._chronicle  # noqa: SLF001 - a defect is inside

        def moving(whole: Callable[[], None]) -> Callable[[], None]:
            def move() -> None:
                before = chronicle.seq
                whole()
                chronicle.seq = step(before)

            return move

        around(chronicle, "move", moving)

    return defect


def _one_back(seq: int) -> int:
    return seq + 1 if seq % 3 else seq - 1


def boot_stays(unit: TwinUnit) -> None:
    """Begin every start with the boot number of the first."""
    boot = unit.appliance.boot
    instead(unit.appliance._chronicle, "_next_boot", lambda: boot)  # noqa: SLF001 - a defect is inside


def coap_counts_apart(unit: TwinUnit) -> None:
    """Give what is observed over CoAP a sequence of its own."""
    numbers = count(100000)

    def numbered(request: Request, response: Response) -> Response:
        if request.path != ("d", "self", "s") or request.method != "GET":
            return response
        return changed_body(response, lambda body: {**body, "$": {**body["$"], "seq": next(numbers)}} if "$" in body else body)

    answers(unit, numbered)


# Retained, observed, fresh


def not_retained(*ends: str) -> Defect:
    """Publish these without the retain flag."""

    def defect(unit: TwinUnit) -> None:
        def plain(message: Message) -> Iterable[Message]:
            below = message.topic.partition("/self/")[2]
            return [dataclasses.replace(message, retain=False)] if below.split("/")[0] in ends and message.payload else [message]

        says(unit, plain)

    return defect


def reads_cached(seconds: float) -> Defect:
    """Answer reads over CoAP from a cache that lives this long."""

    def defect(unit: TwinUnit) -> None:
        kept: dict[tuple[Any, ...], tuple[float, Response]] = {}

        def cached(request: Request, response: Response) -> Response:
            shown = ("d", "self", "s"), ("d", "self", "p")
            if request.method != "GET" or request.observe or request.path[:3] not in shown or not response.payload:
                return response
            now, key = unit.desk._now(), (request.path, request.accept)  # noqa: SLF001 - a defect is inside
            since, earlier = kept.get(key, (-math.inf, response))
            if now - since < seconds:
                return earlier
            kept[key] = now, response
            return response

        answers(unit, cached)

    return defect


def manners(change: Callable[[Any], Any], *, jitter: float = 0.0) -> Defect:
    """Report measured values in another manner; `jitter`: they waver by this many steps of their resolution, as cheap sensors do."""

    def defect(unit: TwinUnit) -> None:
        reported = unit.appliance._reported  # noqa: SLF001 - a defect is inside
        before = dict(reported._manners)  # noqa: SLF001 - likewise
        reported._manners.update({name: change(manner) for name, manner in before.items() if manner.numeric})  # noqa: SLF001 - likewise
        signs = count()

        def wavering(told: Body) -> Body:
            sign = 1 if next(signs) % 2 else -1
            moved = {name: told[name] + sign * jitter * (before[name].grid or 0.1) for name in told if _wavers(before, name, told[name])}
            return {**told, **moved}

        reads(unit, wavering)

    return defect


def _wavers(manners_by_name: Body, name: str, value: Any) -> bool:
    manner = manners_by_name.get(name)
    return manner is not None and manner.numeric and not manner.monotonic and isinstance(value, int | float)


DEFECTS: dict[str, Defect] = {
    "p-topic-behind": p_topic_behind,
    "p-topic-stuck": p_topic_stuck,
    "coap-property-stuck": coap_property_stuck,
    "state-lacks-power": state_without("power"),
    "reports-raw-byte": told_as(lambda body: _is_setting(body) and body.get("unit") == "%", _raw_byte),
    "reports-out-of-range": told_as(_is_measured, _scaled),
    "reports-off-step": told_as(_is_setting, lambda _, value: value + 0.1),
    "reports-capitals": told_as(_is_word, lambda _, value: str(value).upper()),
    "reports-numbers-as-text": told_as(_is_setting, lambda _, value: str(value)),
    "reports-null": told_as(_is_measured, lambda *_: None),
    "exclusive-not-undone": rule_ignored("exclusive"),
    "implied-not-kept": rule_ignored("implies"),
    "guard-range-ignored": rule_ignored("guardRange"),
    "seq-goes-back": seq_moved(_one_back),
    "seq-stands-still": seq_moved(lambda seq: max(seq, 1)),
    "seq-in-a-nibble": seq_moved(lambda seq: (seq + 1) % 16),
    "boot-stays": boot_stays,
    "state-not-retained": not_retained("s"),
    "properties-not-retained": not_retained("p"),
    "avail-not-retained": not_retained("avail"),
    "coap-counts-apart": coap_counts_apart,
    "reads-from-a-cache": reads_cached(2.0),
    "reads-from-an-old-cache": reads_cached(60.0),
    "min-interval-broken": manners(lambda manner: dataclasses.replace(manner, pace=0.0, deadband=0.0), jitter=20),
    "deadband-ignored": manners(lambda manner: dataclasses.replace(manner, deadband=0.0), jitter=1),
    "sensors-fall-silent": manners(lambda manner: dataclasses.replace(manner, longest=math.inf, deadband=math.inf)),
    "max-interval-never-kept": manners(lambda manner: dataclasses.replace(manner, longest=math.inf)),
}
"""Name of a twin to what is wrong with it."""
