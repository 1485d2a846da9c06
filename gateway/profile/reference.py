"""The reference tables of the standard (`profiles/reference/`) as plain records, each file read when it is first asked for."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from gateway.errors import Unknown
from gateway.profile.label_standards import LabelStandard
from gateway.profile.library import PROFILES
from gateway.profile.safe_use import SafeUseTerm
from gateway.profile.set_top_box_rules import BoxLimit, BoxRule, BoxRules, BoxStandard
from gateway.profile.waste import Hazard, WasteItem

REFERENCE = PROFILES / "reference"


class Reference:
    """Label standards, terms of safe use, rules for set-top boxes and the waste catalogue of one folder."""

    def __init__(self, root: Path | None = None) -> None:
        self._root = root or REFERENCE

    @cached_property
    def label_standards(self) -> tuple[LabelStandard, ...]:
        """The energy and water label standards, in the order of the file."""
        return tuple(_label_standard(row) for row in self._read("label-standards")["standards"])

    @cached_property
    def safe_use_terms(self) -> Mapping[str, SafeUseTerm]:
        """Kind -> its term of safe use."""
        return {row["kind"]: _term(row) for row in self._read("safe-use-years")["kinds"]}

    @cached_property
    def set_top_box_rules(self) -> BoxRules:
        """The rules for set-top boxes."""
        return _box_rules(self._read("set-top-box-rules"))

    @cached_property
    def waste_items(self) -> tuple[WasteItem, ...]:
        """The items of the waste catalogue, by number."""
        return tuple(_waste_item(row) for row in self._read("waste-catalogue")["items"])

    @cached_property
    def hazards(self) -> tuple[Hazard, ...]:
        """The hazards a handover states."""
        return tuple(_hazard(name, row) for name, row in self._read("waste-catalogue")["hazards"].items())

    def safe_use_term(self, kind: str) -> SafeUseTerm:
        """Return the term of a kind; raise Unknown for a kind the table does not have."""
        if kind not in self.safe_use_terms:
            raise Unknown(f"the table of safe use has no {kind!r}")
        return self.safe_use_terms[kind]

    def waste_item(self, kind: str, facts: Mapping[str, Any] | None = None) -> WasteItem | None:
        """Return the item an appliance falls under, or None: not in the catalogue, or (by `facts`) above its limit."""
        return next((item for item in self.waste_items if item.takes(kind, facts or {})), None)

    def _read(self, name: str) -> dict[str, Any]:
        from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - the YAML reader: only when a table is asked for

        return read_yaml(self._root / f"{name}-1.yaml")


def _label_standard(row: Mapping[str, Any]) -> LabelStandard:
    return LabelStandard(
        id=row["id"],
        kinds=frozenset(row["kinds"]),
        schemes=tuple(row["schemes"]),
        grades=row["grades"],
        metric=row["metric"],
        unit=row["unit"],
        first=_day(row["from"]),
        last=_day(row["until"]),
        replaced_by=row.get("replacedBy"),
        source=row["source"],
        excepted={name: tuple(values) for name, values in row.get("except", {}).items()},
    )


def _term(row: Mapping[str, Any]) -> SafeUseTerm:
    cases = tuple((case["when"], case["years"]) for case in row.get("cases", ()))
    return SafeUseTerm(kind=row["kind"], years=row["years"], start=row["start"], basis=row["basis"], source=row["source"], cases=cases)


def _box_rules(document: Mapping[str, Any]) -> BoxRules:
    bodies = {name: bool(body["counts"]) for name, body in document["bodies"].items()}
    replaced = document["replacement"]["when"]
    return BoxRules(
        rules=tuple(_box_rule(row) for row in document["rules"]),
        standards={row["id"]: _box_standard(row, counts=bodies[row["body"]]) for row in document["standards"]},
        bodies=bodies,
        replaced_receptions=frozenset(replaced["reception"]),
        replaced_classes=frozenset(replaced["videoClass"]),
        limits={row["id"]: float(row["maximum"]) for row in document["limits"]},
        limit_rows={row["id"]: _box_limit(row) for row in document["limits"]},
        sources=document["sources"],
        replacement_titles=document["replacement"]["titles"],
        replacement_quote=document["replacement"]["quote"],
        replacement_source=document["replacement"]["source"],
    )


def _box_rule(row: Mapping[str, Any]) -> BoxRule:
    when, require = row["when"], row["require"]
    return BoxRule(
        id=row["id"],
        titles=row["titles"],
        receptions=frozenset(when["reception"]),
        since=date.fromisoformat(when["firstActivated"]["from"]),
        classes=frozenset(require["videoClass"]) if "videoClass" in require else None,
        smart=require.get("smart"),
        standards=require.get("standards", 0),
        source=row["source"],
        quote=row["quote"],
    )


def _box_limit(row: Mapping[str, Any]) -> BoxLimit:
    return BoxLimit(id=row["id"], titles=row["titles"], maximum=float(row["maximum"]), unit=row["unit"], source=row["source"])


def _box_standard(row: Mapping[str, Any], *, counts: bool) -> BoxStandard:
    return BoxStandard(
        id=row["id"],
        counts=counts,
        receptions=frozenset(row["receptions"]),
        classes=frozenset(row["classes"]),
        first=_day(row["from"]),
        last=_day(row["until"]),
    )


def _waste_item(row: Mapping[str, Any]) -> WasteItem:
    limit = row.get("limit") or {}
    return WasteItem(
        number=row["number"],
        kinds=frozenset(row["kinds"]),
        titles=row["titles"],
        quantity=limit.get("quantity"),
        maximum=limit.get("maximum"),
        unit=limit.get("unit"),
        source=row["source"],
    )


def _hazard(name: str, row: Mapping[str, Any]) -> Hazard:
    return Hazard(id=name, titles=row["titles"], unit=row["unit"], must=frozenset(row["must"]), may=frozenset(row["may"]))


def _day(value: str | None) -> date | None:
    return None if value is None else date.fromisoformat(value)
