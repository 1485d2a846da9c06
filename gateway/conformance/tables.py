"""The judge's own reading of the standard's tables with dates (`profiles/reference`): labels, years of safe use, limits of boxes."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any

from gateway.profile.reference import REFERENCE
from gateway.profile.resolver import read_yaml


@cache
def _table(name: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = read_yaml(REFERENCE / f"{name}-1.yaml")
    return document


def label_standards(kind: str) -> list[Mapping[str, Any]]:
    """Return the label standards of a kind; `from` and `until` are its first and last day, None where nobody knows."""
    return [row for row in _table("label-standards")["standards"] if kind in row["kinds"]]


def in_force(row: Mapping[str, Any], day: date) -> bool | None:
    """Return whether a standard was in force on a day; None where the table does not know its first day."""
    if row["until"] is not None and date.fromisoformat(row["until"]) < day:
        return False
    return None if row["from"] is None else date.fromisoformat(row["from"]) <= day


def safe_use(kind: str) -> Mapping[str, Any]:
    """Return the row of a kind's years of safe use, {} where there is none."""
    return next((row for row in _table("safe-use-years")["kinds"] if row["kind"] == kind), {})


def box_limits() -> Mapping[str, float]:
    """Return the limits of set-top boxes by id: seconds for pictures, milliseconds and a share for what the line does."""
    return {row["id"]: float(row["maximum"]) for row in _table("set-top-box-rules")["limits"]}


def faults() -> Mapping[str, Mapping[str, Any]]:
    """Return the catalogue of faults by code."""
    found: Mapping[str, Mapping[str, Any]] = _table("faults")["faults"]
    return found
