"""A home as a YAML file: its appliances, its mains, and what hangs on what.

    name: cottage
    titles: {en: A cottage, zh-Hans: 农家}
    base-address: 127.0.20.1                  # units without an address get one after another from here
    mains: {...}                              # see mains_file
    units:
      - {id: fridge, kind: refrigerator, wire: native-coap, title: Refrigerator, room: kitchen}
      - {id: plug-fridge, kind: plug, wire: native, feeds: fridge}             # the refrigerator is plugged in there
      - {id: eye, kind: ir-remote, wire: native-coap, room: bedroom}
      - {id: ac, kind: air-conditioner, wire: native-coap, via: eye}           # has no network: the remote speaks for it
      - {repeat: 20, id: "stb-{n:02}", kind: set-top-box, wire: native-mqtt, room: "flat-{n}"}   # also repeat: [21, 40]
      - {id: lamp, kind: light, wire: native-mqtt, credentials: keys/lamp}     # was paired with a hub: see credentials

A unit that is made of others (its profile has `tm:submodel` links) brings these along as units of their own: `<id>-<instance name>`;
with `parts: none` they stand in the file, each with its `part_of`. `narrowed`, `added`, `readings`, `doubts` and `unsaid` make a unit the
copy of one in another home (see `plan.UnitPlan`).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from ipaddress import AddressValueError, IPv4Address
from itertools import count
from pathlib import Path
from typing import Any

from firmware_sim.home_checks import check_choices, check_home
from firmware_sim.mains import MainsPlan
from firmware_sim.mains_file import mains_plan
from firmware_sim.parts import with_parts
from firmware_sim.plan import UnitPlan
from firmware_sim.profile import load, locate, parse
from firmware_sim.refusal import SetupMistake

HOMES = Path(__file__).parent / "homes"
BASE_ADDRESS = "127.0.0.2"
MOST_UNITS = 1000
_HEAD = ("name", "titles", "base-address", "broker", "mains", "units")
_HIDDEN = {"profiles"}


@dataclass(frozen=True, kw_only=True)
class HomePlan:
    """A home to simulate; `titles` by language."""

    name: str
    titles: Mapping[str, str]
    units: tuple[UnitPlan, ...]
    mains: MainsPlan | None = None


def known_homes() -> tuple[str, ...]:
    """Return the names of the homes that come along."""
    return tuple(sorted(path.stem for path in HOMES.glob("*.yaml")))


def read_home(
    name: str, *, broker: str | None = None, base_address: str | None = None, profiles: tuple[Path, ...] = (), rewire: str | None = None
) -> HomePlan:
    """Read a home file (a path, or a name from `homes/`); what is given here goes before it. SetupMistake names file and unit.

    `rewire`: every unit speaks this instead, wherever the home's addresses would be free, and forgets what its own wire needed.
    """
    path = Path(name) if Path(name).suffix else HOMES / f"{name}.yaml"
    if not path.is_file():
        raise SetupMistake(f"there is no home {name!r}: give a YAML file or one of {', '.join(known_homes())}")
    document = parse(path.resolve())
    try:
        if rewire is not None:
            document = _rewired(document, rewire)
        return _home(path, document, broker, base_address, profiles)
    except SetupMistake as mistake:
        raise SetupMistake(f"{path.name}: {mistake}") from None


def _home(path: Path, document: Mapping[str, Any], broker: str | None, base_address: str | None, profiles: tuple[Path, ...]) -> HomePlan:
    if unknown := sorted(set(map(str, document)) - set(_HEAD)):
        raise SetupMistake(f"unknown {', '.join(unknown)}; known are {', '.join(_HEAD)}")
    entries = document.get("units")
    if not isinstance(entries, list) or not entries:
        raise SetupMistake("`units` must be a list with at least one appliance")
    given = {"broker": broker or document.get("broker"), "profiles": profiles, "folder": path.resolve().parent}
    units = [plan for number, entry in enumerate(entries, 1) for plan in _plans(number, entry, given)]
    if len(units) > MOST_UNITS:
        raise SetupMistake(f"{len(units)} units are more than one simulator carries ({MOST_UNITS})")
    units = [replace(plan, seed=plan.seed if plan.seed is not None else number) for number, plan in enumerate(units, 1)]
    units = _addressed(units, base_address or document.get("base-address", BASE_ADDRESS))
    check_home(units)
    units = [_plugged(plan, units) for plan in units]
    name = str(document.get("name", path.stem))
    mains = mains_plan(document["mains"]) if "mains" in document else None
    return HomePlan(name=name, titles=_titles(document, name), units=tuple(units), mains=mains)


_OF_A_WIRE = frozenset({"address", "port", "broker", "facts", "credentials", "via"})


def _rewired(document: Mapping[str, Any], wire: str) -> dict[str, Any]:
    """Return a home whose units all speak one wire, on any free port."""
    entries = document.get("units")
    if not isinstance(entries, list):
        return dict(document)
    return {**document, "units": [_on_wire(entry, wire) if isinstance(entry, dict) else entry for entry in entries]}


def _on_wire(entry: Mapping[str, Any], wire: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in _OF_A_WIRE} | {"wire": wire, "port": 0}


def _titles(document: Mapping[str, Any], name: str) -> Mapping[str, str]:
    titles = document.get("titles", {"en": name})
    if not isinstance(titles, dict) or not all(isinstance(text, str) for text in titles.values()):
        raise SetupMistake("`titles` is a mapping of language to text, such as {en: A flat, zh-Hans: 公寓}")
    return titles


def _plans(number: int, entry: Any, given: Mapping[str, Any]) -> Iterator[UnitPlan]:
    """Yield the units one entry stands for: itself, repeated, with its parts."""
    where = f"unit {number}"
    if not isinstance(entry, dict) or not {"kind", "wire"} <= set(entry):
        raise SetupMistake(f"{where} needs at least `kind` and `wire`")
    where = f"{where} ({entry['id']})" if "id" in entry else where
    known = {item.name for item in fields(UnitPlan)} - _HIDDEN | {"repeat"}
    if unknown := sorted(set(map(str, entry)) - known):
        raise SetupMistake(f"{where} has unknown {', '.join(unknown)}; known are {', '.join(sorted(known))}")
    try:
        for copy in _repeated(entry):
            plan = _unit_plan(copy, given)
            check_choices(plan)
            yield from (plan,) if plan.parts == "none" else with_parts(plan)
    except SetupMistake as mistake:
        raise SetupMistake(f"{where}: {mistake}") from None


def _unit_plan(entry: Mapping[str, Any], given: Mapping[str, Any]) -> UnitPlan:
    shapes: dict[str, tuple[type, ...]] = {
        "settings": (dict,),
        "made": (dict,),
        "facts": (dict,),
        "narrowed": (dict,),
        "added": (dict,),
        "readings": (dict,),
        "doubts": (dict,),
        "unsaid": (list,),
        "features": (list,),
        "claims": (list,),
        "seed": (int,),
        "port": (int,),
    }
    for name, value in entry.items():
        if not isinstance(value, shapes.get(name, (str,))) or isinstance(value, bool):
            raise SetupMistake(f"`{name}` cannot be {value!r}")
    features = entry.get("features")
    kind = str(given["folder"] / entry["kind"]) if entry["kind"].endswith(".yaml") else entry["kind"]
    if "credentials" in entry:
        entry = {**entry, "credentials": given["folder"] / entry["credentials"], "broker": entry.get("broker")}
    carried: dict[str, Any] = {"unsaid": tuple(map(str, entry.get("unsaid", ())))}
    carried |= {"claims": tuple(given["folder"] / str(claim) for claim in entry.get("claims", ()))}
    if "device_key" in entry:
        carried["device_key"] = given["folder"] / entry["device_key"]
    shared = {"seed": None, "address": None, "broker": given["broker"], "profiles": given["profiles"]}
    return UnitPlan(**{**shared, **entry, **carried, "kind": kind, "features": None if features is None else tuple(map(str, features))})


def _repeated(entry: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield an entry once, or as often as it says with its number in the place of `{n}`; a seed counts on."""
    if "repeat" not in entry:
        yield entry
        return
    wish = entry["repeat"]
    first, last = (1, wish) if isinstance(wish, int) else wish if isinstance(wish, list) and len(wish) == 2 else (0, 0)  # noqa: PLR2004
    if not all(isinstance(end, int) and not isinstance(end, bool) for end in (first, last)) or not 0 < first <= last <= MOST_UNITS:
        raise SetupMistake(f"`repeat` is a number of copies or [first, last], from 1 to {MOST_UNITS}, not {wish!r}")
    rest = {name: value for name, value in entry.items() if name != "repeat"}
    for number in range(first, last + 1):
        copy: dict[str, Any] = _numbered(rest, number)
        yield copy | ({"seed": rest["seed"] + number - first} if isinstance(rest.get("seed"), int) else {})


def _numbered(value: Any, number: int) -> Any:
    if isinstance(value, dict):
        return {name: _numbered(member, number) for name, member in value.items()}
    if isinstance(value, list):
        return [_numbered(member, number) for member in value]
    if not isinstance(value, str):
        return value
    try:
        return value.format(n=number)
    except (KeyError, ValueError, IndexError) as error:
        raise SetupMistake(f"{value!r} may hold only the number of the copy, as {{n}} or {{n:02}}") from error


def _addressed(units: list[UnitPlan], base: Any) -> list[UnitPlan]:
    """Give each unit without an address the next one from `base` that no other unit names."""
    try:
        start = IPv4Address(base)
    except (AddressValueError, ValueError):
        raise SetupMistake(f"`base-address` {base!r} is no IPv4 address such as {BASE_ADDRESS}") from None
    taken = {plan.address for plan in units}
    free = (address for offset in count() if (address := str(start + offset)) not in taken)
    return [plan if plan.address else replace(plan, address=next(free)) for plan in units]


NATIVE = "native"
"""What the names of the standard's own wires begin with."""


def _plugged(plan: UnitPlan, units: list[UnitPlan]) -> UnitPlan:
    """Let a plug know what is plugged in, as its owner would have told it; makers' plugs have no place for that."""
    if plan.feeds is None or not plan.wire.startswith(NATIVE):
        return plan
    fed = next(other for other in units if other.id == plan.feeds)
    kind = locate(fed.kind, fed.profiles).kind
    kinds = load(*locate(plan.kind, plan.profiles)).document["properties"].get("feedsKind", {}).get("enum", ())
    return replace(plan, settings={"feeds": plan.feeds, **({"feedsKind": kind} if kind in kinds else {}), **plan.settings})
