"""What changed between two properties, actions or events of the same name."""

from collections.abc import Callable, Mapping
from typing import Any

from gateway.profile.diff_change import Changes
from gateway.profile.diff_schema import Schema, Site, compare_asides, compare_schemas
from gateway.profile.duration import seconds_of

_ASKS = (0, 0, 2, 3)
"""Danger to who is asked: 0 and 1 nobody, 2 a person, 3 only at the appliance."""
_PROPERTY_TERMS = frozenset({"readOnly", "writeOnly", "observable", "hl:private", "hl:danger", "hl:latency", "hl:report"})
_FLAGS: dict[str, tuple[bool, str, str]] = {
    "synchronous": (True, "manner", "manner"),
    "hl:atomic": (False, "manner", "manner"),
    "idempotent": (False, "can-more", "can-less"),
    "safe": (False, "can-more", "can-less"),
    "hl:cancellable": (False, "can-more", "can-less"),
}
"""Term of an action to what it is where nothing is said, the rule when it becomes true, and when false."""


def compare_properties(changes: Changes, pointer: str, old: Schema, new: Schema) -> None:
    """Compare two properties."""
    site = Site(changes, pointer)
    was, now = bool(old.get("readOnly")), bool(new.get("readOnly"))
    if was != now:
        site.at("readOnly").note("now-read-only" if now else "now-writable", "can only be read now" if now else "can be written now")
    if bool(old.get("hl:private")) != bool(new.get("hl:private")):
        site.at("hl:private").note("private", "is private now" if new.get("hl:private") else "is public now")
    elif bool(old.get("observable")) != bool(new.get("observable")):
        site.at("observable").note(
            "can-more" if new.get("observable") else "can-less",
            "can be observed now" if new.get("observable") else "cannot be observed any more",
        )
    _compare_danger(site, old, new)
    _compare_promise(site.at("hl:latency"), seconds_of(old.get("hl:latency")), seconds_of(new.get("hl:latency")))
    _compare_reports(site.at("hl:report"), old.get("hl:report") or {}, new.get("hl:report") or {})
    compare_schemas(site, old, new, others=_PROPERTY_TERMS)


def compare_actions(changes: Changes, pointer: str, old: Schema, new: Schema) -> None:
    """Compare two actions."""
    site = Site(changes, pointer)
    for term, (default, gained, lost) in _FLAGS.items():
        was, now = bool(old.get(term, default)), bool(new.get(term, default))
        if was != now:
            site.at(term).turned(gained if now else lost, was, now)
    _compare_danger(site, old, new)
    for term in ("hl:latency", "hl:maxDuration"):
        _compare_promise(site.at(term), seconds_of(old.get(term)), seconds_of(new.get(term)))
    for term in ("hl:phases", "hl:progress"):
        if old.get(term) != new.get(term):
            site.at(term).turned("phases", old.get(term), new.get(term))
    _compare_input(Site(changes, f"{pointer}/input", asked=True), old.get("input"), new.get("input"))
    _compare_answer(site.at("output"), old.get("output"), new.get("output"))
    compare_asides(site, old, new)


def compare_events(changes: Changes, pointer: str, old: Schema, new: Schema) -> None:
    """Compare two events."""
    site = Site(changes, pointer)
    _compare_answer(site.at("data"), old.get("data"), new.get("data"))
    compare_asides(site, old, new)


COMPARERS: dict[str, Callable[[Changes, str, Schema, Schema], None]] = {
    "properties": compare_properties,
    "actions": compare_actions,
    "events": compare_events,
}


def _compare_danger(site: Site, old: Schema, new: Schema) -> None:
    was, now = old.get("hl:danger", 0), new.get("hl:danger", 0)
    if was != now:
        site.at("hl:danger").turned("danger-same" if _ASKS[was] == _ASKS[now] else "danger", was, now)


def _compare_promise(site: Site, old: float | None, new: float | None) -> None:
    """Compare a longest time in seconds; none stated is no promise."""
    if old == new:
        return
    looser = new is None or (old is not None and new > old)
    site.turned("promise-looser" if looser else "promise-tighter", old, new)


def _compare_reports(site: Site, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    times = [seconds_of(each.get("maxInterval")) for each in (old, new)]
    if times[0] is None and times[1] is not None:
        site.at("maxInterval").turned("promise-tighter", None, new.get("maxInterval"))
    else:
        _compare_promise(site.at("maxInterval"), *times)
    was, now = old.get("deadband"), new.get("deadband")
    if was is None and now is not None:
        site.at("deadband").turned("report-pace", was, now)
    else:
        _compare_promise(site.at("deadband"), was, now)
    if old.get("minInterval") != new.get("minInterval"):
        site.at("minInterval").turned("report-pace", old.get("minInterval"), new.get("minInterval"))


def _compare_input(site: Site, old: Schema | None, new: Schema | None) -> None:
    if old is not None and new is not None:
        compare_schemas(site, old, new)
    elif old is not None:
        site.note("input-removed", "takes no input any more")
    elif new is not None:
        needed = new.get("required") or new.get("type") != "object"
        site.note("input-required" if needed else "input-new", "needs an input now" if needed else "takes an input now")


def _compare_answer(site: Site, old: Schema | None, new: Schema | None) -> None:
    if old is not None and new is not None:
        compare_schemas(site, old, new)
    elif old is not None:
        site.note("output-removed", "nothing comes with it any more")
    elif new is not None:
        site.note("output-new", "something comes with it now")
