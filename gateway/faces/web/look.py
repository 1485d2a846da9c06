"""How kinds are shown: icons and which of a device's properties stand on its card. `kinds.yaml` says it for every kind at once."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.home.twin import Twin
from gateway.profile.affordance import Action
from gateway.profile.resolver import read_yaml

SIMPLE: Final = "simple"
"""The tag of appliances that simple mode shows before all others."""


@cache
def table() -> Mapping[str, Any]:
    """Return the table; reads its file the first time."""
    return read_yaml(Path(__file__).with_name("kinds.yaml"))


def icon_of(kind: str) -> str:
    """Return the name of a kind's icon; of one without, that of things in general."""
    icons = table()["icons"]
    return str(icons.get(kind, icons["*"]))


def main_of(twin: Twin) -> str | None:
    """Return the switch of a card: the first true-or-false property that may be written and is not dangerous."""
    return next((name for name in _writable(twin, table()["main"]) if twin.instance.properties[name].schema.get("type") == "boolean"), None)


def setting_of(twin: Twin) -> str | None:
    """Return the number of a card that is changed in steps."""
    numeric = {"number", "integer"}
    return next(
        (name for name in _writable(twin, table()["setting"]) if twin.instance.properties[name].schema.get("type") in numeric), None
    )


def headline_of(twin: Twin) -> str | None:
    """Return the property whose value a card shows largest; None where nothing is known, or whether it is on says more."""
    late = table()["late"] if main_of(twin) in twin.values else ()
    names = [*table()["first"].get(twin.description.kind, ()), *(name for name in table()["headline"] if name not in late)]
    return next((name for name in names if name in twin.values and name in twin.instance.properties), None)


def captioned(name: str, value: Any) -> bool:
    """Return whether a value says nothing without the name of its property: a number, or a word such as "normal"."""
    return name in table()["captions"] or isinstance(value, int | float)


def beside_of(twin: Twin, most: int = 3) -> tuple[str, ...]:
    """Return the properties whose values a card shows small."""
    large = headline_of(twin)
    return tuple(name for name in table()["beside"] if name != large and _told(twin, name))[:most]


def settings_of(twin: Twin) -> tuple[list[str], list[str]]:
    """Return what can be set: the appliance's own first, then what every appliance has."""
    later = set(table()["later"])
    names = [name for name, known in twin.instance.properties.items() if not (known.read_only or known.private)]
    return [name for name in names if name not in later], [name for name in names if name in later]


def values_of(twin: Twin) -> list[str]:
    """Return what is only read, without what has a place of its own."""
    apart, last = set(table()["apart"]), set(table()["last"])
    names = [name for name, known in twin.instance.properties.items() if known.read_only and not known.private and name not in apart]
    return sorted(names, key=lambda name: name in last)


def actions_of(twin: Twin) -> tuple[list[Action], list[Action]]:
    """Return what it can do: what it is there for first, then what is seldom wanted."""
    seldom, known = set(table()["seldom"]), twin.instance.actions.values()
    return [each for each in known if each.name not in seldom], [each for each in known if each.name in seldom]


def _writable(twin: Twin, names: Iterable[str]) -> Iterable[str]:
    known = twin.instance.properties
    return (name for name in names if name in known and not known[name].read_only and not known[name].private and known[name].danger < 2)  # noqa: PLR2004 - danger 2 asks a person


def _told(twin: Twin, name: str) -> bool:
    return name in twin.instance.properties and isinstance(value := twin.values.get(name), str | int | float) and bool(value)
