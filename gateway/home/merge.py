"""How a report becomes state: each value is checked against the profile, then taken as the device said it.

A value that breaks the profile is dropped: the old one stays, marked `invalid`. What an unreachable device is said to
have is `stale`. This is the hottest path of the gateway: one dictionary lookup a value, one check a changed value.
"""

from gateway.errors import CommandError
from gateway.home.complaints import Complaints
from gateway.home.twin import Twin
from gateway.thing.availability import AvailabilityState
from gateway.thing.report import Report
from gateway.thing.value import Quality, Value

_MISSING = object()
_BELIEVED = frozenset({None, Quality.ASSUMED, Quality.SIMULATED})
"""Entries of a twin's quality (None: good) whose values count as the device's own evidence."""


def merge(twin: Twin, report: Report, monotonic: float, complaints: Complaints) -> tuple[set[str], list[str]]:
    """Take a report's values into the twin; return the public names that changed in any way, and those whose value did."""
    changed: set[str] = set()
    fresh: list[str] = []
    values, quality, grades, watched = twin.values, twin.quality, report.quality, twin.watched
    usual = Quality.STALE if twin.availability.state is AvailabilityState.OFFLINE else Quality.GOOD
    for name, value in report.values.items():
        grade = grades.get(name, usual) if grades else usual
        old = values.get(name, _MISSING)
        if (old.__class__ is not value.__class__ or old != value) and not _take(twin, name, value, fresh, complaints):
            if old is _MISSING:
                continue
            grade = Quality.INVALID
        if name in watched:
            _refresh(twin, name, monotonic)
        if quality.get(name, Quality.GOOD) is not grade:
            _grade(twin, name, grade, changed)
    changed.update(fresh)
    if report.complete:
        _missing_is_stale(twin, report, changed)
    if report.pending is not None and report.pending != twin.held:
        _hold(twin, report, changed)
    return changed, fresh


def age(twin: Twin, names: list[str]) -> set[str]:
    """Mark these values stale; return the public names where that was news."""
    changed: set[str] = set()
    for name in names:
        if twin.quality.get(name) not in {Quality.STALE, Quality.INVALID}:
            _grade(twin, name, Quality.STALE, changed)
    return changed


def shows(twin: Twin, name: str, wanted: Value) -> bool:
    """Return whether the twin has this value, on the device's own evidence (assumed counts, stale and invalid do not)."""
    return twin.quality.get(name) in _BELIEVED and same(twin.values.get(name, _MISSING), wanted)


def same(one: Value, other: Value) -> bool:
    """Return whether two JSON values are equal: 22 is 22.0, but 1 is not true."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def _take(twin: Twin, name: str, value: Value, fresh: list[str], complaints: Complaints) -> bool:
    """Take one value that seems new; return False when it breaks the profile."""
    try:
        twin.instance.check_value(name, value)
    except CommandError as error:
        complaints.say(twin.id, name, error)
        return False
    if not same(twin.values.get(name, _MISSING), value):
        twin.values[name] = value
        if name not in twin.private:
            fresh.append(name)
    return True


def _refresh(twin: Twin, name: str, monotonic: float) -> None:
    if name not in twin.refreshed:
        twin.stale_due = 0.0
    twin.refreshed[name] = monotonic


def _grade(twin: Twin, name: str, grade: Quality, changed: set[str]) -> None:
    if grade is Quality.GOOD:
        del twin.quality[name]
    else:
        twin.quality[name] = grade
    if name not in twin.private:
        changed.add(name)


def _missing_is_stale(twin: Twin, report: Report, changed: set[str]) -> None:
    """Doubt what a device left out that says it sent everything (private values never travel in bulk)."""
    changed |= age(twin, [name for name in twin.values if name not in report.values and name not in twin.private])


def _hold(twin: Twin, report: Report, changed: set[str]) -> None:
    held = {name: until for name, until in (report.pending or {}).items() if name in twin.instance.properties}
    before = twin.held
    twin.held = held
    moved = {name for name in held.keys() | before.keys() if held.get(name, _MISSING) != before.get(name, _MISSING)}
    changed |= moved - twin.private
