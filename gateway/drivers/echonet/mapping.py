"""The mapping data of one device class, read from YAML, checked and made into readers and writers.

`kinds/*.yaml` has one file for each class of the standard (`class`), named after the profile's kind and, where several classes are of one
kind, the class. A reading is made again whenever one of its properties is told. A feature is there when the unit's map of what can be got
has all its `codes`, and so is a word of `words`. `limits` are tighter than the profile's. An action sets what its `input` members say and
then the bytes of `set`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.drivers.echonet.place import Number, Shown, Wish, place
from gateway.drivers.echonet.vocabulary import readers, writers
from gateway.drivers.parts.reading import Reader
from gateway.drivers.parts.sheet import Sheet, built, common, document, merged
from gateway.drivers.parts.withholding import Taken, together
from gateway.drivers.parts.writing import Writer
from gateway.errors import ReadOnly, SchemaViolation
from gateway.thing.value import Value

FOLDER = Path(__file__).parent / "kinds"
COMMON = Path(__file__).parent / "every-device.yaml"
MAKERS = Path(__file__).parent / "makers.yaml"


@dataclass(frozen=True, slots=True)
class Reading:
    """How one property of the profile is read, and of which codes."""

    read: Reader
    codes: frozenset[int]


@dataclass(frozen=True, slots=True)
class Action:
    """`sets`: the bytes that start it; `takes`: input members to the properties they are written like."""

    sets: Mapping[int, bytes]
    takes: Mapping[str, str]
    needed: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceClass(Sheet):
    """Everything the driver knows about one device class. `unannounced`: seconds between two questions where changes are not announced."""

    code: int
    unannounced: float
    readings: Mapping[str, Reading]
    writers: Mapping[str, Writer]
    needs: Mapping[str, frozenset[int]]
    words: Mapping[str, Mapping[Any, frozenset[int]]]
    limits: Mapping[str, Mapping[str, Any]]
    invocations: Mapping[str, Action]

    @property
    def codes(self) -> frozenset[int]:
        """Every property that is read."""
        return frozenset(code for reading in self.readings.values() for code in reading.codes)

    def read(self, shown: Shown, told: Collection[int]) -> dict[str, Value]:
        """Return what an object says, of the readings that have to do with the codes it just told."""
        concerned = {name: each.read for name, each in self.readings.items() if not each.codes.isdisjoint(told)}
        return {name: value for name, read in concerned.items() if (value := read(shown)) is not None}

    def wish(self, asked: Mapping[str, Value], settable: frozenset[int]) -> dict[int, bytes]:
        """Return the data to set; raise ReadOnly for what this object cannot set, SchemaViolation for a value without a form.

        A node obeys one property after the other, so they go in the order of the file: what a temperature depends on stands before it.
        """
        data: dict[int, bytes] = {}
        for name in sorted(asked, key=[*self.writers, *asked].index):
            data |= self._written(name, name, asked[name], settable)
        return data

    def start(self, name: str, argument: Value, settable: frozenset[int]) -> dict[int, bytes]:
        """Return the data that start an action, its input before it; raise ReadOnly or SchemaViolation."""
        action, given = self.invocations[name], {} if argument is None else argument
        if not isinstance(given, dict) or not action.takes.keys() >= given.keys() >= action.needed:
            raise SchemaViolation(f"{name} takes {', '.join(action.takes) or 'no input'} on this appliance")
        data: dict[int, bytes] = {}
        for member, value in given.items():
            data |= self._written(member, action.takes[member], value, settable)
        if not settable.issuperset(action.sets):
            raise ReadOnly(f"{name} cannot be started from outside on this appliance")
        return {**data, **action.sets}

    def takes(self, action: str) -> Taken | None:
        """Return the members of an action's input that go with it."""
        return Taken(like=self.invocations[action].takes) if action in self.invocations else together(self)(action)

    def _written(self, name: str, writer: str, value: Value, settable: frozenset[int]) -> dict[int, bytes]:
        if writer not in self.writers:
            raise ReadOnly(f"{name} cannot be set on this appliance: its class has nothing for it", property=name)
        wish = Wish(settable)
        self.writers[writer](wish, value)
        if lacking := sorted(wish.data.keys() - settable):
            codes = ", ".join(f"0x{code:02X}" for code in lacking)
            raise ReadOnly(f"{name} cannot be set on this appliance: it lets nobody set property {codes}", property=name)
        return wish.data


@cache
def classes(folder: Path = FOLDER) -> Mapping[int, DeviceClass]:
    """Return the device classes by code; raise ConfigurationInvalid that names the file when one is wrong."""
    known = (built(_device_class, merged(document(COMMON), document(file)), file) for file in sorted(folder.glob("*.yaml")))
    return {each.code: each for each in known}


def class_of(instance: int) -> DeviceClass | None:
    """Return the mapping data for an object, None when there are none."""
    return classes().get(instance >> 8)


def maker(code: str) -> str:
    """Return who a maker's code belongs to, the code itself where that is not known."""
    return str(document(MAKERS).get(code, f"maker {code}" if code else ""))


def _device_class(data: Mapping[str, Any]) -> DeviceClass:
    return DeviceClass(
        **common(data),
        code=data["class"],
        unannounced=float(data["unannounced"]),
        readings={name: _reading(spec) for name, spec in data["read"].items()},
        writers={name: writers(place).writer(name, spec) for name, spec in data.get("write", {}).items()},
        needs={name: _needs(spec) for name, spec in data.get("features", {}).items()},
        words={name: {word: _needs(spec or {}) for word, spec in words.items()} for name, words in data.get("words", {}).items()},
        limits={name: dict(terms) for name, terms in data.get("limits", {}).items()},
        invocations={name: _action(spec) for name, spec in data.get("invoke", {}).items()},
    )


def _reading(spec: Mapping[str, Any]) -> Reading:
    codes: set[int] = set()
    return Reading(readers(_noting(codes)).reader(spec), frozenset(codes))


def _noting(codes: set[int]) -> Callable[[Any], Number]:
    """Return what makes places and notes their codes."""

    def noted(written: Any) -> Number:
        found = place(written)
        codes.add(found.code)
        return found

    return noted


def _needs(spec: Mapping[str, Any]) -> frozenset[int]:
    return frozenset(spec.get("codes", ()))


def _action(spec: Mapping[str, Any]) -> Action:
    takes = spec.get("input", {})
    sets = {code: bytes([byte]) for code, byte in spec["set"].items()}
    return Action(sets, {name: str(writer) for name, writer in takes.items()}, frozenset(spec.get("needed", ())))
