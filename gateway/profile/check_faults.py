"""Rules for the fault catalogue."""

import re
from collections.abc import Mapping
from typing import Any

from gateway.profile.check_text import check_languages
from gateway.profile.findings import Pages, joined, pointer_to
from gateway.profile.plain_value import shown

_CODE = re.compile(r"[A-Z]+(\.[A-Z0-9-]+)+\Z")
_WORDS = {
    "severity": ("info", "warning", "error", "critical"),
    "remedy": ("none", "user", "consumable", "service", "shutOff"),
}


def check_faults(pages: Pages, document: Mapping[str, Any]) -> None:
    """Check every family and every code."""
    families = document.get("families")
    faults = document["faults"]
    if not isinstance(families, Mapping) or not isinstance(faults, Mapping):
        pages.report("/faults", "needs families and faults, both mappings", rule="fault-shape")
        return
    for name, texts in families.items():
        check_languages(pages, f"/families{pointer_to(name)}", texts)
    for code, fault in faults.items():
        pointer = f"/faults{pointer_to(code)}"
        if not isinstance(code, str) or not _CODE.match(code) or code.partition(".")[0] not in families:
            pages.report(pointer, f"{shown(code)} must start with a family and a dot: {joined(families)}", rule="fault-family")
        if isinstance(fault, Mapping):
            _check_fault(pages, pointer, fault)
        else:
            pages.report(pointer, "must be a mapping", rule="fault-shape")


def _check_fault(pages: Pages, pointer: str, fault: Mapping[str, Any]) -> None:
    for term in ("titles", "hint"):
        check_languages(pages, f"{pointer}/{term}", fault.get(term))
    for term, words in _WORDS.items():
        if fault.get(term) not in words:
            pages.report(f"{pointer}/{term}", f"must be one of {', '.join(words)}, not {shown(fault.get(term))}", rule="fault-word")
    if not _are_words(fault.get("effect")):
        pages.report(f"{pointer}/effect", "must be a list of what no longer works, empty where all does", rule="fault-effect")
    if fault.get("kinds") != "all" and not (_are_words(fault.get("kinds")) and fault["kinds"]):
        pages.report(f"{pointer}/kinds", "must be a list of the kinds that can have it, or all", rule="fault-kinds")
    if not isinstance(fault.get("latched"), bool):
        pages.report(f"{pointer}/latched", "must be true (stays until reset) or false", rule="fault-latched")
    elif fault.get("severity") == "critical" and not fault["latched"]:
        pages.report(f"{pointer}/latched", "a critical fault is always latched", rule="fault-latched")


def _are_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) and word for word in value)
