"""What is kept of one transmitter: the codes it has learned, the things it speaks for, and what was sent to each last.

It is one JSON object, and what is read is checked: what is damaged or made for another version is left out, never guessed.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.drivers.parts.virtual.burst import Burst, checked
from gateway.errors import CommandError, StateConflict, Unknown
from gateway.thing.identifier import check_identifier
from gateway.thing.log import Log
from gateway.thing.value import Value

MOST_CODES, MOST_THINGS = 256, 32
_KEY = re.compile(r"[a-z0-9-]{1,32}\Z").match
_log = Log()


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A learned code; `appliance`: the virtual thing it is for, `key`: what it is there."""

    id: str
    name: str
    protocol: str
    burst: Burst
    appliance: str = ""
    key: str = ""

    def shown(self) -> dict[str, Value]:
        """Return it as the profile shows codes."""
        told = {"appliance": self.appliance, "key": self.key}
        return {
            "id": self.id,
            "name": self.name,
            "protocol": self.protocol,
            "carrier": self.burst.carrier,
            **{name: text for name, text in told.items() if text},
        }

    def document(self) -> dict[str, Value]:
        """Return it as it is kept."""
        return self.shown() | {"pulses": list(self.burst.pulses)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A virtual thing: which appliance there is, and which codes it obeys (a code set's name, or `learned`)."""

    id: str
    kind: str
    codes: str
    title: str = ""

    def document(self) -> dict[str, Value]:
        """Return it as it is kept."""
        return {"id": self.id, "kind": self.kind, "codes": self.codes, "title": self.title}


@dataclass(slots=True)
class Notebook:
    """`said`: what was sent last, by thing; `count`: how many codes were ever learned."""

    codes: dict[str, Code] = field(default_factory=dict)
    things: dict[str, Plan] = field(default_factory=dict)
    said: dict[str, dict[str, Value]] = field(default_factory=dict)
    count: int = 0

    def learn(self, burst: Burst, protocol: str, named: Mapping[str, Any]) -> Code:
        """Keep a code under the next id; one for the same key of the same appliance takes the place of the old. Raise StateConflict."""
        appliance, key = str(named.get("appliance") or ""), str(named.get("key") or "")
        old = [code.id for code in self.codes.values() if appliance and key and (code.appliance, code.key) == (appliance, key)]
        for identifier in old:
            del self.codes[identifier]
        self.room()
        self.count += 1
        name = str(named.get("name") or key or f"Code {self.count}")
        code = Code(id=f"c{self.count}", name=name, protocol=protocol, burst=burst, appliance=appliance, key=key)
        self.codes[code.id] = code
        return code

    def room(self) -> None:
        """Raise StateConflict when no further code can be kept."""
        if len(self.codes) >= MOST_CODES:
            raise StateConflict(f"{MOST_CODES} codes are kept, and no more can be: forget one first (forgetCode)")

    def code(self, identifier: str) -> Code:
        """Return a code; raise Unknown."""
        if identifier not in self.codes:
            raise Unknown(f"there is no code {identifier!r}; there are {', '.join(self.codes) or 'none'}")
        return self.codes[identifier]

    def own(self, thing: str) -> dict[str, Burst]:
        """Return the codes learned for a thing, by their keys."""
        return {code.key: code.burst for code in self.codes.values() if code.appliance == thing and code.key}

    def add(self, plan: Plan) -> None:
        """Take a thing; raise StateConflict for one too many, or one that is there."""
        if plan.id in self.things:
            raise StateConflict(f"there is a {plan.id} already")
        if len(self.things) >= MOST_THINGS:
            raise StateConflict(f"a transmitter speaks for at most {MOST_THINGS} appliances")
        self.things[plan.id] = plan

    def remove(self, thing: str) -> None:
        """Let go of a thing and of what was learned for it; raise Unknown."""
        if thing not in self.things:
            raise Unknown(f"there is no {thing}; there are {', '.join(self.things) or 'none'}")
        del self.things[thing]
        self.said.pop(thing, None)
        self.codes = {identifier: code for identifier, code in self.codes.items() if code.appliance != thing}

    def document(self) -> dict[str, Any]:
        """Return all of it as one JSON object."""
        return {
            "version": 1,
            "count": self.count,
            "codes": [code.document() for code in self.codes.values()],
            "things": [plan.document() for plan in self.things.values()],
            "said": self.said,
        }


def notebook_of(document: Mapping[str, Any]) -> Notebook:
    """Return what was kept; entries that are damaged are left out, and logged."""
    book = Notebook()
    if document.get("version", 1) != 1:
        _log.error("what was kept of a transmitter is of a later version, and left alone", version=document.get("version"))
        return book
    for entry in document.get("codes", ()):
        if (code := _code(entry)) is not None:
            book.codes[code.id] = code
    for entry in document.get("things", ()):
        if (plan := _plan(entry)) is not None:
            book.things[plan.id] = plan
    said = document.get("said", {})
    book.said = {thing: dict(values) for thing, values in said.items() if thing in book.things and isinstance(values, dict)}
    book.count = max([int(document.get("count", 0)), *(int(name[1:]) for name in book.codes if name[1:].isdigit())])
    return book


def key_name(text: str) -> bool:
    """Return whether a text can be the name of a key."""
    return _KEY(text) is not None


def _code(entry: Any) -> Code | None:
    try:
        burst = checked(Burst(tuple(int(pulse) for pulse in entry["pulses"]), int(entry["carrier"])))
        texts = {name: str(entry.get(name, "")) for name in ("name", "protocol", "appliance", "key")}
        return Code(id=str(entry["id"]), burst=burst, **texts)
    except (KeyError, TypeError, ValueError, AttributeError, CommandError) as error:
        _log.error("a kept code is damaged, and left out", reason=repr(error))
        return None


def _plan(entry: Any) -> Plan | None:
    try:
        return Plan(**{name: str(entry[name]) for name in ("kind", "codes", "title")}, id=check_identifier(str(entry["id"])))
    except (KeyError, TypeError, CommandError) as error:
        _log.error("a kept appliance is damaged, and left out", reason=repr(error))
        return None
