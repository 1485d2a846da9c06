"""Claims for tests, and what a raw value becomes."""

from collections.abc import Mapping
from typing import Any

from gateway.drivers.parts.selfdescribed.carried import Carried, Naming, carried
from gateway.drivers.parts.selfdescribed.feature import Claim, Feature
from gateway.drivers.parts.selfdescribed.portrait import portrait
from gateway.drivers.parts.selfdescribed.row import Part, Portrait
from gateway.profile.instance import Instance
from tests.drivers.kit import LIBRARY

NAMING = Naming(driver="toy", key="unit-1", prefix="toy", title="Toy")


def feature(mark: str, kind: str = "boolean", unit: str = "", access: str = "r", **more: Any) -> Feature:
    """Return a feature: `group/name` or `name`, its type, unit, and access (r, w, rw, or e for an event)."""
    group, _, name = mark.rpartition("/")
    words = more.pop("words", ())
    return Feature(
        key=more.pop("key", mark),
        name=name,
        group=group,
        type=kind,
        unit=unit,
        words=tuple(words),
        readable=access != "w",
        settable="w" in access,
        event=access == "e",
        **more,
    )


def claim(*features: Feature, title: str = "") -> Claim:
    """Return a claim of the toy wire."""
    return Claim(vendor="toy", title=title, features=features)


def made(*features: Feature, title: str = "") -> Portrait:
    """Return the portrait."""
    return portrait(claim(*features, title=title), LIBRARY)


def parts(drawn: Portrait) -> tuple[Carried, ...]:
    """Return the devices of a portrait."""
    return carried(drawn, NAMING, LIBRARY)


def instance(device: Carried) -> Instance:
    """Return one device as the profile sees it; raises when its description breaks the profile."""
    return LIBRARY.model(device.description.kind, device.description.major).instance(device.description)


def told(drawn: Portrait, raws: Mapping[str, Any]) -> dict[str, Any]:
    """Return what all parts show for raw values, checked against the profile."""
    shown: dict[str, Any] = {}
    for device in parts(drawn):
        values, _ = device.told(raws.keys(), raws, ())
        wrong = instance(device).faulty(values)
        assert not wrong, wrong
        shown |= values
    return shown


def names(part: Part) -> set[str]:
    """Return the affordances of a part that a feature stands on."""
    return {name for row in part.rows for name in row.names}
