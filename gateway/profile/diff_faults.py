"""What changed between two fault catalogues."""

from collections.abc import Mapping
from typing import Any

from gateway.profile.diff_change import Changes
from gateway.profile.findings import pointer_to

_RULES = {"titles": "text", "hint": "text", "latched": "fault-latched"}


def compare_faults(changes: Changes, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    """Compare families and codes."""
    for section, added in (("families", "fault-family"), ("faults", "fault-new")):
        was, now = old.get(section) or {}, new.get(section) or {}
        for name in sorted(was.keys() | now.keys()):
            pointer = f"/{section}{pointer_to(name)}"
            if name not in now:
                changes.note("fault-removed", pointer, "is gone")
            elif name not in was:
                changes.note(added, pointer, "is new")
            elif section == "faults":
                _compare_fault(changes, pointer, was[name], now[name])
            elif was[name] != now[name]:
                changes.note("text", pointer, "its name changed")


def _compare_fault(changes: Changes, pointer: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> None:
    for term in sorted(old.keys() | new.keys()):
        if old.get(term) == new.get(term):
            continue
        if _RULES.get(term) == "text":
            changes.note("text", f"{pointer}/{term}", f"{term} changed")
        else:
            changes.turned(_RULES.get(term, "fault-changed"), f"{pointer}/{term}", old.get(term), new.get(term))
