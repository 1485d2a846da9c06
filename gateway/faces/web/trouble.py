"""What is wrong in the home, the worst first: alarms and calls for help, faults, what cannot be reached, terms that are over."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from gateway.faces.web.look import table
from gateway.faces.web.phrases import Tongue
from gateway.faces.web.value import shown
from gateway.home.home import Home
from gateway.home.twin import Twin
from gateway.profile.library import Library
from gateway.thing.availability import AvailabilityState
from gateway.thing.value import Quality, Value

SEVERITIES: Final = ("critical", "error", "warning", "info")


@dataclass(frozen=True, slots=True, order=True)
class Trouble:
    """`rank`: 0 is the worst. `severity`: one of the profile's words."""

    rank: int
    device: str
    text: str
    severity: str = "warning"


def troubles(home: Home, library: Library, tongue: Tongue) -> list[Trouble]:
    """Return everything that is wrong, the worst first."""
    found = [trouble for device in home.devices() for trouble in of_device(home.twin(device), library, tongue)]
    found += [
        Trouble(2, row["id"], f"{tongue('trouble.problem')}: {row['problem']}", "error") for row in home.inventory() if row["problem"]
    ]
    return sorted(found)


def of_device(twin: Twin, library: Library, tongue: Tongue) -> Iterator[Trouble]:
    """Give what is wrong with one device; what it said long ago is no alarm any more, but that it is silent is told."""
    yield from _alarms(twin, tongue)
    for fault in faults_of(twin):
        severity = fault.get("severity", "warning")
        if severity != "info":
            yield Trouble(
                1 + SEVERITIES.index(severity) if severity in SEVERITIES else 3, twin.id, fault_title(library, tongue, fault), severity
            )
    if twin.availability.state is AvailabilityState.OFFLINE:
        reason = twin.availability.reason
        yield Trouble(4, twin.id, tongue("trouble.offline") + (f": {tongue.said(reason)}" if reason else ""), "error")
    term = twin.values.get("safeUse")
    if isinstance(term, dict) and term.get("state") == "over":
        yield Trouble(5, twin.id, tongue("trouble.safe-use"))


def _alarms(twin: Twin, tongue: Tongue) -> Iterator[Trouble]:
    for name in table()["alarms"]:
        value = twin.values.get(name)
        if name not in twin.instance.properties or not _alarming(value) or twin.quality.get(name) is Quality.STALE:
            continue
        schema, warns = twin.instance.properties[name].schema, {name, value} & {*table()["warnings"]}
        called = tongue("trouble.sos") if name == "sosState" else f"{tongue('trouble.alarm')}: {tongue.title(schema, name)}"
        words = f" ({shown(tongue, schema, value)})" if isinstance(value, str) else ""
        yield Trouble(3 if warns else 0, twin.id, called + words, "warning" if warns else "critical")


def _alarming(value: Value) -> bool:
    """Return whether a value is one to be alarmed by: true, or a word that is not a calm one; a number never is."""
    return value is True or (isinstance(value, str) and value not in table()["calm"])


def faults_of(twin: Twin) -> list[dict[str, Any]]:
    """Return the present faults as the device tells them; none of one whose last word is old."""
    faults = twin.values.get("faults")
    if not isinstance(faults, list) or twin.quality.get("faults") is Quality.STALE:
        return []
    return [fault for fault in faults if isinstance(fault, dict)]


def fault_title(library: Library, tongue: Tongue, fault: dict[str, Any]) -> str:
    """Return a fault in words: its title in the catalogue, with the maker's own code, else the code itself."""
    known = library.faults().get(fault.get("code", ""), {})
    title = tongue.either(known["titles"]) if "titles" in known else str(fault.get("code", ""))
    return title + (f" ({fault['vendor']})" if fault.get("vendor") else "")


def fault_hint(library: Library, tongue: Tongue, fault: dict[str, Any]) -> str:
    """Return what to do: the device's own advice, else the catalogue's, else what the remedy's word means."""
    for hint in (fault.get("hint"), library.faults().get(fault.get("code", ""), {}).get("hint")):
        if isinstance(hint, dict) and hint:
            return str(tongue.either(hint))
    phrase = f"appliance.fault.remedy.{fault.get('remedy', '')}"
    return tongue(phrase) if phrase in tongue.phrases else ""
