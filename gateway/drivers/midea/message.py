"""One kind of message of a type: how it is asked for, how it is told from others, what it says."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from gateway.drivers.midea.capabilities import Rule, rule
from gateway.drivers.midea.frame import Frame
from gateway.drivers.midea.vocabulary import READERS
from gateway.drivers.parts.reading import Reader
from gateway.thing.value import Value

STATUS = "status"
"""The message that shows the settings; every type has one of this name, and some one of another form beside it."""


@dataclass(frozen=True, slots=True)
class Match:
    """Which frames are meant: a byte of the body has one of some values, and purpose and version are among some (none named: any)."""

    bytes: Mapping[int, frozenset[int]]
    purposes: frozenset[int] = frozenset()
    versions: frozenset[int] = frozenset()

    def holds(self, frame: Frame) -> bool:
        """Whether a frame is meant."""
        body = frame.body
        fits = all(at < len(body) and body[at] in values for at, values in self.bytes.items())
        known = not self.versions or frame.version in self.versions
        return fits and known and (not self.purposes or frame.purpose in self.purposes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`ask` is the body that asks for it (None: it comes unasked). `optional`: units may keep quiet about it.

    `status`: it shows the settings, and is taken for an answer to that question. `merge`: readings that are lists of objects, of which this
    message shows only some: the members that are known already are renewed.
    """

    name: str
    ask: bytes | None
    match: Match
    optional: bool
    status: bool
    when: Rule
    merge: frozenset[str]
    readers: Mapping[str, Reader]

    def read(self, body: bytes, before: Mapping[str, Value] = MappingProxyType({})) -> dict[str, Value]:
        """Return what the body says; `before`: the readings there have been."""
        said = {name: value for name, read in self.readers.items() if (value := read(body)) is not None}
        return said | {name: _renewed(before[name], said[name]) for name in self.merge & said.keys() & before.keys()}


def _renewed(before: Value, said: Value) -> Value:
    """Return a list of objects with those renewed that are said anew, by their id."""
    told = {item["id"]: item for item in said}
    return [told.get(item["id"], item) for item in before]


def match(spec: Mapping[int, Any], purposes: Any = (), versions: Any = ()) -> Match:
    """Return the match written as `{byte: value or values}`."""
    named = {at: frozenset(values if isinstance(values, list) else [values]) for at, values in spec.items()}
    return Match(named, frozenset(purposes), frozenset(versions))


def message(name: str, spec: Mapping[str, Any]) -> Message:
    """Return the message an entry describes."""
    return Message(
        name=name,
        ask=bytes.fromhex(spec["ask"]) if "ask" in spec else None,
        match=match(spec["match"], spec.get("purposes", ()), spec.get("versions", ())),
        optional=bool(spec.get("optional", False)),
        status=name == STATUS or bool(spec.get("status", False)),
        when=rule(spec.get("when", {})),
        merge=frozenset(spec.get("merge", ())),
        readers={reading: READERS.reader(entry) for reading, entry in spec["read"].items()},
    )
