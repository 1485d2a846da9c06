"""Codes of remotes with a code for each key: what its kind's keys set, what they only turn over, and what they cannot reach.

A key that turns something over says nothing of how it stands afterwards, unless it is known how it stood. So where there is no pair of
keys, a value is set only while it is truly known (a plug measures that the television draws power): then one press, or none, makes it so.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from gateway.drivers.parts.virtual.burst import Burst
from gateway.drivers.parts.virtual.codes import Known, Order, Terms, not_learned, out_of_reach
from gateway.drivers.parts.virtual.encoding import ENCODINGS, Key
from gateway.drivers.parts.withholding import withheld
from gateway.errors import SchemaViolation
from gateway.thing.value import Value

TURNING = ENCODINGS["rc5"]
"""The encoding in which a new press differs from a held key: the same again would be taken for the key still down."""
Say = Callable[[bool], Burst]
"""From whether this press differs from the last to what it sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What keys mean for a kind (`kinds.yaml`). `presses`: the keys its `press` action knows."""

    sets: Mapping[str, Mapping[Value, str]] = field(default_factory=dict)
    toggle: Mapping[str, str] = field(default_factory=dict)
    digits: str = ""
    press: str = ""
    out_of_reach: Mapping[str, str] = field(default_factory=dict)
    presses: tuple[str, ...] = ()

    @classmethod
    def of(cls, kind: Mapping[str, Any], presses: Collection[str]) -> "Meaning":
        """Return it as the data say it."""
        return cls(
            sets=kind.get("sets", {}),
            toggle=kind.get("toggle", {}),
            digits=kind.get("digits", ""),
            press=kind.get("press", ""),
            out_of_reach=kind.get("out-of-reach", {}),
            presses=tuple(presses),
        )


class KeyCodes:
    """`keys`: what each key sends."""

    features: tuple[str, ...] = ()
    actions: Mapping[str, frozenset[str]] = {}

    def __init__(self, kind: str, keys: Mapping[str, Say], meaning: Meaning) -> None:
        self.kind = kind
        self.press_action = meaning.press
        self._keys = keys
        self._meaning = meaning

    def narrowing(self, known: Collection[str]) -> Terms:
        """Return what no key reaches, with why, and the keys there are."""
        reasons = {**self._meaning.out_of_reach, **self._unreached(known)}
        terms = out_of_reach(reasons)
        pressed = [key for key in self._meaning.presses if key in self._keys]
        return terms | ({f"{self._meaning.press}/key": {"enum": pressed}} if pressed else {})

    def order(self, asked: Known, known: Known, true: Collection[str], *, turn: bool) -> Order:
        """Return the keys that make it so."""
        bursts: list[Burst] = []
        repeatable = True
        for name, value in asked.items():
            keys, again = self._keys_for(name, value, known, true)
            repeatable = repeatable and again
            for key in keys:
                turn = not turn
                bursts.append(self._keys[key](turn))
        return Order(bursts=tuple(bursts), shows=dict(asked), repeatable=repeatable)

    def press(self, key: str, known: Known, *, turn: bool) -> Order:
        """Return what a key sends, and what it makes of what was known."""
        if key not in self._keys:
            raise not_learned(f"the key {key}", self._keys)
        burst = self._keys[key](not turn)
        for name, pair in self._meaning.sets.items():
            for value, setting in pair.items():
                if setting == key:
                    return Order(bursts=(burst,), shows={name: value})
        turned = [name for name, toggle in self._meaning.toggle.items() if toggle == key]
        shows = {name: not known[name] for name in turned if name in known}
        gone = {self._meaning.digits} if key.startswith("channel-") or key.isdigit() else set()
        return Order(bursts=(burst,), shows=shows, forgets=frozenset(gone - {""}), repeatable=False)

    def _keys_for(self, name: str, value: Value, known: Known, true: Collection[str]) -> tuple[list[str], bool]:
        """Return the keys that set one property, and whether to press them twice does no harm."""
        if (reason := {**self._meaning.out_of_reach, **self._unreached(true)}.get(name)) is not None:
            raise withheld(name, reason)
        if name == self._meaning.digits:
            if isinstance(value, bool) or not isinstance(value, int) or value < 0:
                raise SchemaViolation(f"a number is dialled, not {value!r}", property=name)
            return list(str(value)), False
        pair = self._meaning.sets.get(name)
        if pair is None:
            raise SchemaViolation(f"the remote has no key for {name}", property=name)
        if not isinstance(value, bool):
            raise SchemaViolation(f"{name} is on or off, not {value!r}", property=name)
        if pair[value] in self._keys:
            return [pair[value]], True
        return ([] if known[name] is value else [self._meaning.toggle[name]]), False

    def _unreached(self, true: Collection[str]) -> dict[str, str]:
        """Return what could be set with other keys than there are, and why it cannot."""
        reasons: dict[str, str] = {}
        for name, pair in self._meaning.sets.items():
            if all(key in self._keys for key in pair.values()):
                continue
            toggle = self._meaning.toggle.get(name, "")
            if toggle not in self._keys:
                reasons[name] = "there is no code for it"
            elif name not in true:
                reasons[name] = f"its key {toggle} turns it over, and nothing tells how it is now"
        if self._meaning.digits and not all(str(digit) in self._keys for digit in range(10)):
            reasons[self._meaning.digits] = "not all ten digits have a code"
        return reasons


def keys_of(data: Mapping[str, Any]) -> dict[str, Say]:
    """Return what the keys of a data file of the form `keys` send."""
    encoding, address = ENCODINGS[data["encoding"]], data["address"]
    return {str(name): partial(encoding.write, Key(address, command)) for name, command in data["keys"].items()}


def learned(bursts: Mapping[str, Burst]) -> dict[str, Say]:
    """Return what learned keys send: what was heard, and where its encoding tells each press from the last, that too."""
    return {name: _saying(burst) for name, burst in bursts.items()}


def _saying(burst: Burst) -> Say:
    key = TURNING.read(burst)
    return partial(_same, burst) if key is None else partial(TURNING.write, key)


def _same(burst: Burst, _turn: bool) -> Burst:
    return burst
