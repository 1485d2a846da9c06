"""Calls about set-top boxes: what is known of each and by whose word, what the dated rules say, and what the owner or a list adds."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway.errors import BadSyntax
from gateway.faces.control.server import Call, Tell
from gateway.home.boxes.boxes import Box
from gateway.home.boxes.fact import Fact, Source
from gateway.home.home import Home
from gateway.profile.set_top_box_rules import BoxExcess, BoxReason
from gateway.thing.timestamp import iso

Resolve = Callable[[Mapping[str, Any]], str]
"""From `{"device": an id, a name, or enough of the id}` to the id; raises Unknown."""
Sessions = Callable[[], Mapping[str, Any]]
"""The gateway's status, whose `sessions` tell by which key a wire knows its devices."""


class BoxCalls:
    """The calls over one home."""

    def __init__(self, home: Home, device: Resolve, status: Sessions) -> None:
        self._home = home
        self._device = device
        self._status = status

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"boxes": self._boxes, "box-set": self._set, "box-unset": self._unset, "box-list": self._list}

    async def _boxes(self, _arguments: Mapping[str, Any], _tell: Tell) -> Any:
        rules = self._home.boxes.rules
        return {
            "today": self._home.boxes.today().isoformat(),
            "boxes": [self._shown(box) for box in self._home.boxes.all()],
            "replacement": {
                "titles": dict(rules.replacement_titles),
                "quote": rules.replacement_quote,
                "source": dict(rules.sources.get(rules.replacement_source, {})),
            },
        }

    async def _set(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device = self._device(arguments)
        facts = _mapping(arguments, "facts")
        if not facts:
            raise BadSyntax("name at least one fact")
        await self._home.boxes.tell(Source.OWNER, {device: facts}, {device: "the owner"})
        return self._shown(self._home.boxes.box(device))

    async def _unset(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        device, names = self._device(arguments), arguments.get("facts")
        if not isinstance(names, list) or not names or not all(isinstance(name, str) for name in names):
            raise BadSyntax("`facts` is a list of names")
        await self._home.boxes.untell(device, names)
        return self._shown(self._home.boxes.box(device))

    async def _list(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        """Take what an operator's list says of boxes that are known by their ids, all or nothing."""
        entries = _mapping(arguments, "boxes")
        facts = {device: _mapping(entry, "facts") for device, entry in entries.items() if isinstance(entry, Mapping)}
        if len(facts) != len(entries):
            raise BadSyntax("each of `boxes` is an object with `facts` and `origin`")
        await self._home.boxes.tell(Source.LIST, facts, {device: str(entry.get("origin", "")) for device, entry in entries.items()})
        return {"boxes": sorted(facts)}

    def _shown(self, box: Box) -> dict[str, Any]:
        twin = self._home.twin(box.device)
        return {
            "device": box.device,
            "name": twin.name,
            "room": twin.room,
            "keys": [*self._keys(box.device)],
            "facts": {name: _word(fact) for name, fact in box.facts.items()},
            "otherwise": [{"fact": fact.name, **_word(fact)} for fact in box.otherwise],
            "verdict": box.judgement.verdict.value,
            "reasons": [self._reason(reason) for reason in box.judgement.reasons],
            "replace": box.replace,
            "age": box.age,
            "slow": [self._excess(excess) for excess in box.slow],
        }

    def _keys(self, device: str) -> Iterator[str]:
        """Return what a list may know a box by beside its id: the key of its wire, and the hash of its serial number."""
        for session in self._status().get("sessions", ()):
            if device in session["devices"]:
                yield str(session["key"])
        serial = self._home.twin(device).description.identity.get("serialHash")
        told = self._home.twin(device).values.get("identity")
        yield from (hashed for hashed in (serial, told.get("serialHash") if isinstance(told, dict) else None) if isinstance(hashed, str))

    def _reason(self, reason: BoxReason) -> dict[str, Any]:
        rules = self._home.boxes.rules
        rule = rules.rule(reason.rule)
        cited = (
            {} if rule is None else {"titles": dict(rule.titles), "quote": rule.quote, "source": dict(rules.sources.get(rule.source, {}))}
        )
        return {"rule": reason.rule, "fact": reason.fact, "detail": reason.detail, "certain": reason.certain, **cited}

    def _excess(self, excess: BoxExcess) -> dict[str, Any]:
        limit = excess.limit
        return {
            "limit": limit.id,
            "titles": dict(limit.titles),
            "value": excess.value,
            "maximum": limit.maximum,
            "unit": limit.unit,
            "source": dict(self._home.boxes.rules.sources.get(limit.source, {})),
        }


def _word(fact: Fact) -> dict[str, Any]:
    return {
        "value": fact.value,
        "source": fact.source.value,
        "quality": fact.quality,
        "origin": fact.origin,
        "at": None if fact.at is None else iso(fact.at),
    }


def _mapping(arguments: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = arguments.get(name)
    if not isinstance(value, dict):
        raise BadSyntax(f"`{name}` is a JSON object")
    return value
