"""What becomes of device definitions in Zigbee2MQTT's words: counted leaf by leaf, with the reasons of what is not standard."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TextIO

from gateway.drivers.parts.selfdescribed.carried import Naming, carried
from gateway.drivers.parts.selfdescribed.feature import Category, Feature
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.proof import lost
from gateway.drivers.parts.selfdescribed.row import Portrait, Row
from gateway.drivers.parts.selfdescribed.soundness import sound
from gateway.drivers.zigbee2mqtt.exposes import Exposed, Leaf, exposed
from gateway.errors import CommandError
from gateway.profile.instance import Instance
from gateway.profile.library import Library

REASONS = {
    "no-word": "the standard has no such affordance",
    "taken": "another feature of the device has the standard one",
    "unit": "its unit is missing, or another quantity's",
    "range": "its range is wider than the standard one's",
    "resolution": "its steps are finer than the standard one's",
    "type": "it is of another type",
    "words": "its words are not the standard one's",
    "members": "its members are not the standard one's",
    "access": "it can be set, and the standard one is only told, or the other way round",
    "no-place": "its kind cannot have the standard one",
    "danger": "it may open a home, and the standard one asks nobody",
    "full": "the device has no room for more",
}
"""Why a feature is the vendor's own, in words for people."""


@dataclass(slots=True)
class Coverage:
    """The counts; `vendor`, `losses` and `kindless` by what they are about."""

    devices: int = 0
    with_kind: int = 0
    features: int = 0
    standard: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    vendor: Counter[tuple[str, str]] = field(default_factory=Counter)
    losses: Counter[tuple[str, str]] = field(default_factory=Counter)
    kindless: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[int, str]] = field(default_factory=list)

    @property
    def lost(self) -> int:
        """Return how many leaves cannot be told or set."""
        return sum(self.losses.values())

    def document(self) -> dict[str, Any]:
        """Return the counts for scripts, with the reasons under further keys."""
        return {
            "devices": self.devices,
            "devices_with_kind": self.with_kind,
            "features": self.features,
            "features_standard": self.standard,
            "features_vendor": sum(self.vendor.values()),
            "features_lost": self.lost,
            "kinds": dict(self.kinds.most_common()),
            "devices_without_kind": dict(self.kindless.most_common()),
            "vendor_reasons": dict(reasons(self.vendor).most_common()),
            "vendor_groups": [{"feature": name, "reason": reason, "count": count} for (name, reason), count in self.vendor.most_common()],
            "lost_groups": [{"feature": name, "reason": reason, "count": count} for (name, reason), count in self.losses.most_common()],
            "lines_refused": [{"line": line, "why": why} for line, why in self.refused],
        }


def reasons(groups: Mapping[tuple[str, str], int]) -> Counter[str]:
    """Return how often each reason counts."""
    found: Counter[str] = Counter()
    for (_, reason), count in groups.items():
        found[reason] += count
    return found


def counted(source: TextIO, library: Library) -> Coverage:
    """Return the coverage of definitions, one JSON object with `definition` a line; lines that are none are `refused`."""
    coverage = Coverage()
    for number, definition in _definitions(source, coverage):
        try:
            read = exposed(definition)
            made = portrait(read.claim, library)
            _count(coverage, read, made, library)
        except CommandError as error:
            coverage.refused.append((number, str(error)))
    return coverage


def _definitions(source: TextIO, coverage: Coverage) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(source, start=1):
        text = line.strip().lstrip("\ufeff")
        if not text:
            continue
        try:
            document = json.loads(text)
        except ValueError as error:
            coverage.refused.append((number, f"not JSON: {error}"))
            continue
        except RecursionError:
            coverage.refused.append((number, "nested too deep"))
            continue
        for device in document if isinstance(document, list) else [document]:  # a list: what a bridge says of all its devices
            definition = device.get("definition") if isinstance(device, Mapping) else None
            if isinstance(definition, Mapping) and isinstance(definition.get("exposes", []), list):
                yield number, definition
            elif not (isinstance(device, Mapping) and device.get("type") == "Coordinator"):
                coverage.refused.append((number, "has no object `definition` with a list `exposes`"))


def _count(coverage: Coverage, read: Exposed, made: Portrait, library: Library) -> None:
    rows = _rows(made, library)
    features = {feature.key: feature for feature in sound(read.claim)}
    coverage.devices += 1
    coverage.with_kind += not made.kindless
    coverage.kinds[made.kind if not made.kindless else "none"] += 1
    if made.kindless:
        coverage.kindless[made.kindless] += 1
    for leaf in read.leaves:
        if leaf.category is Category.MAIN:
            coverage.features += 1
            _leaf(coverage, leaf, features[leaf.key], rows.get(leaf.key, []))


def _leaf(coverage: Coverage, leaf: Leaf, feature: Feature, rows: list[tuple[Instance, Row]]) -> None:
    name = f"{feature.group}/{feature.name}" if feature.group else feature.name
    if problem := lost(feature, rows, leaf.members):
        coverage.losses[name, problem] += 1
    elif all(row.standard for _, row in rows):
        coverage.standard += 1
    else:
        coverage.vendor[name, next(row.reason for _, row in rows if not row.standard)] += 1


def _rows(made: Portrait, library: Library) -> dict[str, list[tuple[Instance, Row]]]:
    """Return by key what a feature became, each with the device it became it of."""
    found: dict[str, list[tuple[Instance, Row]]] = {}
    for each in carried(made, Naming(driver="coverage", key="it", prefix="it"), library):
        instance = library.model(each.description.kind, each.description.major).instance(each.description)
        for row in each.rows:
            for key in row.keys:
                found.setdefault(key, []).append((instance, row))
    return found
