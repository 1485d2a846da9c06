"""The code sets there are, read from `codes/*.yaml` when they are first needed, and whose a heard burst is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from gateway.drivers.parts.sheet import built, document
from gateway.drivers.parts.virtual.burst import Burst, smoothed
from gateway.drivers.parts.virtual.codes import Codes
from gateway.drivers.parts.virtual.encoding import ENCODINGS
from gateway.drivers.parts.virtual.keys import KeyCodes, Meaning, keys_of, learned
from gateway.drivers.parts.virtual.learned_states import LearnedStates
from gateway.drivers.parts.virtual.states import StateCodes
from gateway.errors import SchemaViolation, Unknown
from gateway.profile.library import Library
from gateway.thing.value import Value

FOLDER = Path(__file__).parent / "codes"
KINDS = Path(__file__).parent / "kinds.yaml"
LEARNED = "learned"
"""The code set of an appliance whose codes were learned from its own remote."""
RAW = "raw"
"""The encoding of what nobody here can read."""
MOST = 16


@dataclass(frozen=True, slots=True)
class Recognised:
    """A heard burst as it is kept: cleaned where its encoding is known. `candidates`: the makes it may belong to, likeliest first."""

    protocol: str
    burst: Burst
    candidates: tuple[Mapping[str, Value], ...] = ()


def kinds() -> Mapping[str, Any]:
    """Return what is known of each kind that can be behind a remote."""
    return document(KINDS)


def names() -> tuple[str, ...]:
    """Return the names of the code sets, none read."""
    return tuple(sorted(file.stem for file in FOLDER.glob("*.yaml")))


def sheet(name: str) -> Mapping[str, Any]:
    """Return the data of a code set; raise Unknown with those there are."""
    if name not in names():
        raise Unknown(f"there is no code set {name!r}; there are {', '.join(names())}, and {LEARNED!r}")
    return document(FOLDER / f"{name}.yaml")


def read_all() -> None:
    """Read every file there is: for a thread, before anybody waits for one."""
    kinds()
    for name in names():
        sheet(name)


def codes_of(name: str, kind: str, own: Mapping[str, Burst], profiles: Library) -> Codes:
    """Return the codes of an appliance; `own`: those that were learned for it. Raise Unknown, SchemaViolation for another kind's set."""
    if kind not in kinds():
        raise SchemaViolation(f"a {kind} cannot be behind a remote; what can is {', '.join(kinds())}")
    if name == LEARNED:
        return _learned(kind, own, profiles)
    data = sheet(name)
    if data["kind"] != kind:
        raise SchemaViolation(f"the codes {name} are for a {data['kind']}, not for a {kind}")
    if data["form"] == "state":
        return _states(name)
    return KeyCodes(kind, {**keys_of(data), **learned(own)}, _meaning(kind, profiles))


def recognised(burst: Burst) -> Recognised:
    """Return what a heard burst is."""
    found: list[Mapping[str, Value]] = []
    clean: tuple[str, Burst] | None = None
    for name in names():
        data = sheet(name)
        if (meant := _meant(name, data, burst)) is not None:
            clean = clean or meant
            found += [{**brand, "kind": data["kind"]} for brand in data.get("brands", ())]
    if clean is None:
        clean = _general(burst) or (RAW, smoothed(burst))
    likely = sorted(found, key=lambda each: -float(each["likelihood"]))[:MOST]
    return Recognised(clean[0], clean[1], tuple(likely))


def _meant(name: str, data: Mapping[str, Any], burst: Burst) -> tuple[str, Burst] | None:
    """Return encoding and clean form of a burst that is this code set's, None when it is another's."""
    if data["form"] == "state":
        clean = _states(name).clean(burst)
        return None if clean is None else (name, clean)
    key = ENCODINGS[data["encoding"]].read(burst)
    if key is None or key.address != data["address"] or key.command not in data["keys"].values():
        return None
    return data["encoding"], ENCODINGS[data["encoding"]].write(key, False)


def _general(burst: Burst) -> tuple[str, Burst] | None:
    """Return encoding and clean form of a burst of nobody we know."""
    for encoding in ENCODINGS.values():
        if (key := encoding.read(burst)) is not None:
            return encoding.name, encoding.write(key, False)
    return None


def _learned(kind: str, own: Mapping[str, Burst], profiles: Library) -> Codes:
    rules = kinds()[kind]
    return LearnedStates(kind, own, rules) if "states" in rules else KeyCodes(kind, learned(own), _meaning(kind, profiles))


def _meaning(kind: str, profiles: Library) -> Meaning:
    rules = kinds()[kind]
    action = profiles.model(kind, 1).document.get("actions", {}).get(rules.get("press", ""), {})
    presses = action.get("input", {}).get("properties", {}).get("key", {}).get("enum", ())
    return Meaning.of(rules, presses)


@cache
def _states(name: str) -> StateCodes:
    return built(partial(StateCodes), sheet(name), FOLDER / f"{name}.yaml")
