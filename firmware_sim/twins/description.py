"""Twins whose Thing Description, announcement or list of resources is wrong."""

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from firmware_sim.network import Network
from firmware_sim.twins.seams import Body, announces, answers, around, changed_body, changed_message, describes, instead, says
from firmware_sim.twins.unit import Defect, TwinUnit
from firmware_sim.wires.coap_message import Request, Response
from firmware_sim.wires.mqtt_link import Message

OLD_CONTEXT, NEW_CONTEXT = "https://www.w3.org/2019/wot/td/v1", "https://www.w3.org/2022/wot/td/v1.1"
DESCRIPTIONS = (("d", "self", "td"), (".well-known", "wot"))


def told(change: Callable[[Body], None]) -> Defect:
    """Describe itself wrongly, on all wires alike."""
    return lambda unit: describes(unit, change)


# The document


def _swap_contexts(td: Body) -> None:
    td["@context"] = [NEW_CONTEXT, OLD_CONTEXT, *td["@context"][2:]]


def _one_context(td: Body) -> None:
    td["@context"] = [term for term in td["@context"] if term != OLD_CONTEXT]


def without(*names: str) -> Callable[[Body], None]:
    """Leave these members out."""

    def change(td: Body) -> None:
        for name in names:
            del td[name]

    return change


def _odd_operation(td: Body) -> None:
    for form in _forms(td):
        form["op"] = ["getproperty"] if form["op"] == ["readproperty"] else form["op"]
    first = next(iter(td["properties"].values()))
    first["forms"][0]["op"] = ["getproperty"]


def _forms(td: Body) -> Iterator[Body]:
    for kind in ("properties", "actions", "events"):
        for body in td[kind].values():
            yield from body["forms"]


def _no_href(td: Body) -> None:
    del next(iter(td["properties"].values()))["forms"][0]["href"]


# Units and limits


def terms(fits: Callable[[str, Body], bool], change: Callable[[Body], None]) -> Callable[[Body], None]:
    """Change the schema of each property that fits."""

    def changed(td: Body) -> None:
        for name, body in td["properties"].items():
            if fits(name, body):
                change(body)

    return changed


def _is_numeric(_: str, body: Body) -> bool:
    return body.get("type") in ("number", "integer")


def _has_unit(_: str, body: Body) -> bool:
    return "unit" in body


def _can_be_set(name: str, body: Body) -> bool:
    return _is_numeric(name, body) and not body.get("readOnly") and "maximum" in body


def _has_step(name: str, body: Body) -> bool:
    return _is_numeric(name, body) and "multipleOf" in body


def _has_words(_: str, body: Body) -> bool:
    return "enum" in body and not body.get("hl:openEnum")


def _wider(body: Body) -> None:
    body["maximum"] += 10 * (body.get("multipleOf") or 1)


def _finer(body: Body) -> None:
    body["multipleOf"] /= 2


def _one_more_word(body: Body) -> None:
    body["enum"] = [*body["enum"], "party"]


def _degrees(body: Body) -> None:
    body["unit"] = {"Cel": "°C", "%": "percent", "W": "watt", "kWh": "KWH", "s": "sec"}.get(body["unit"], "units")


def _registered_but_other(body: Body) -> None:
    body["unit"] = {"Cel": "K", "W": "kW", "kWh": "Wh", "%": "/"}.get(body["unit"], body["unit"])


# What it claims


def _writable(td: Body) -> None:
    name, body = next((name, body) for name, body in td["properties"].items() if body.get("readOnly") and not body.get("hl:private"))
    del body["readOnly"]
    td["properties"][name] = body


def _read_only(td: Body) -> None:
    body = td["properties"]["power"]
    body["readOnly"] = True
    body["hl:reason"] = "the maker saved a relay"
    body["forms"] = [form for form in body["forms"] if "writeproperty" not in form["op"]]


def _one_less(section: str, name: str) -> Callable[[Body], None]:
    def change(td: Body) -> None:
        del td[section][name]

    return change


def _one_more(td: Body) -> None:
    td["properties"]["moodLight"] = dict(td["properties"]["power"])


def _feature_too_many(td: Body) -> None:
    td["hl:features"] = [*td["hl:features"], "WARP"]


def _feature_not_kept(td: Body) -> None:
    td["hl:features"] = td["hl:features"][1:]


def _fewer_rules(td: Body) -> None:
    td["hl:constraints"] = []


def _other_model(td: Body) -> None:
    link = next(link for link in td["links"] if link["rel"] == "type")
    link["hl:hash"] = link["hl:hash"][:-1] + ("0" if link["hl:hash"][-1] != "0" else "1")


def _other_major(td: Body) -> None:
    td["version"]["model"] = "2.0.0"


# Two copies, and the hash


def td_topic(change: Callable[[Body], Body]) -> Defect:
    """Retain another description at the broker than CoAP gives."""

    def other(message: Message) -> Iterable[Message]:
        return [changed_message(message, change)] if message.topic.endswith("/self/td") else [message]

    return lambda unit: says(unit, other)


def coap_td(change: Callable[[Body], Body]) -> Defect:
    """Give another description over CoAP than is retained at the broker."""

    def other(request: Request, response: Response) -> Response:
        return changed_body(response, change) if request.path in DESCRIPTIONS else response

    return lambda unit: answers(unit, other)


def _later_title(td: Body) -> Body:
    return {**td, "title": f"{td['title']} 2"}


def _no_events(td: Body) -> Body:
    return {name: member for name, member in td.items() if name != "events"}


def record(**changed: str) -> Defect:
    """Announce another TXT record."""
    return lambda unit: announces(unit, lambda text: {**text, **changed})


def _hash_of_yesterday(text: dict[str, str]) -> dict[str, str]:
    return {**text, "h": text["h"][::-1] if text["h"] != text["h"][::-1] else "00000000"}


def serial_in_record(unit: TwinUnit) -> None:
    """Announce its serial number."""
    announces(unit, lambda text: {**text, "sn": unit.appliance.model.papers.serial})


# The list of resources


def core(change: Callable[[str], str | None]) -> Defect:
    """List other links in `/.well-known/core`: each passes through `change`; None takes it out."""

    def listed(request: Request, response: Response) -> Response:
        if request.path != (".well-known", "core") or not response.successful:
            return response
        links = [kept for link in response.payload.decode().split(",<") if (kept := change("<" + link.removeprefix("<"))) is not None]
        return dataclasses.replace(response, payload=",".join(links).encode())

    return lambda unit: answers(unit, listed)


def _unobservable(link: str) -> str:
    return link.replace(";obs", "") if link.startswith("</d/self/s>") else link


def _untyped(link: str) -> str:
    return link.replace('rt="wot.thing"', 'rt="thing"')


def _no_td(link: str) -> str | None:
    return None if link.startswith("</d/self/td>") else link


# Leaving


def says_no_goodbye(unit: TwinUnit) -> None:
    """Leave MQTT with a DISCONNECT and without a word that it is offline."""
    says(unit, lambda message: [] if message.topic.endswith("/avail") and b"offline" in message.payload else [message])


class _Unmannerly:
    """A network that never leaves time for a goodbye."""

    goodbye = False

    def __init__(self, network: Network) -> None:
        self._network = network

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)


def announces_no_goodbye(unit: TwinUnit) -> None:
    """Leave without the mDNS goodbye."""
    unit.fresh("announce", lambda wire: instead(wire, "_network", _Unmannerly(unit.network)))


def will_elsewhere(unit: TwinUnit) -> None:
    """Leave a last will where nobody looks."""

    def elsewhere(whole: Callable[[], Message]) -> Callable[[], Message]:
        return lambda: dataclasses.replace(whole(), topic=f"{whole().topic}-was", retain=False)

    unit.fresh("native_mqtt", lambda wire: around(wire._sayings, "will", elsewhere))  # noqa: SLF001 - a defect is inside


DEFECTS: dict[str, Defect] = {
    "td-contexts-swapped": told(_swap_contexts),
    "td-newer-context-only": told(_one_context),
    "td-without-security": told(without("security")),
    "td-without-title": told(without("title")),
    "td-odd-operation": told(_odd_operation),
    "td-form-without-href": told(_no_href),
    "td-topic-older": td_topic(_later_title),
    "td-over-coap-shorter": coap_td(_no_events),
    "txt-hash-wrong": lambda unit: announces(unit, _hash_of_yesterday),
    "unit-as-people-write": told(terms(_has_unit, _degrees)),
    "unit-left-out": told(terms(_has_unit, lambda body: body.pop("unit"))),
    "maximum-left-out": told(terms(_is_numeric, lambda body: body.pop("maximum", None))),
    "unit-other": told(terms(_has_unit, _registered_but_other)),
    "range-widened": told(terms(_can_be_set, _wider)),
    "step-finer": told(terms(_has_step, _finer)),
    "enum-widened": told(terms(_has_words, _one_more_word)),
    "read-only-lifted": told(_writable),
    "writes-taken-away": told(_read_only),
    "mandatory-property-missing": told(_one_less("properties", "faults")),
    "mandatory-action-missing": told(_one_less("actions", "runDiagnostics")),
    "affordance-of-nobody": told(_one_more),
    "feature-of-nobody": told(_feature_too_many),
    "feature-not-listed": told(_feature_not_kept),
    "constraints-not-told": told(_fewer_rules),
    "model-hash-wrong": told(_other_model),
    "other-major": told(_other_major),
    "txt-serial-number": serial_in_record,
    "txt-owner": record(owner="Wang Fang"),
    "txt-room": record(room="master bedroom"),
    "core-state-without-obs": core(_unobservable),
    "core-td-untyped": core(_untyped),
    "core-td-missing": core(_no_td),
    "goodbye-not-said": says_no_goodbye,
    "goodbye-not-announced": announces_no_goodbye,
    "will-elsewhere": will_elsewhere,
}
"""Name of a twin to what is wrong with it."""
