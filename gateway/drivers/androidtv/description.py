"""What one box is and can do, in the profile's words, from what it has said."""

from collections.abc import Collection, Mapping
from typing import Any, Final

from gateway.drivers.androidtv.mapping import Kind
from gateway.drivers.parts.description import described
from gateway.drivers.parts.named import even_steps
from gateway.drivers.parts.reading import numeric
from gateway.thing.description import Description
from gateway.thing.value import Value

_LINK: Final = {
    "title": "Open a link",
    "titles": {"en": "Open a link", "zh-Hans": "打开链接"},
    "description": "A page or a link some app on the box takes, or market://launch?id= and the package of an app.",
    "synchronous": True,
    "idempotent": True,
    "safe": False,
    "input": {
        "type": "object",
        "required": ["link"],
        "properties": {"link": {"type": "string", "maxLength": 512, "title": "Link", "titles": {"en": "Link", "zh-Hans": "链接"}}},
    },
}
_APP: Final = {
    "title": "App in front",
    "titles": {"en": "App in front", "zh-Hans": "当前应用"},
    "description": "The package of the app; empty while none is in front. Says what people watch, hence private.",
    "type": "string",
    "maxLength": 64,
    "readOnly": True,
    "observable": False,
    "hl:private": True,
}
_IDENTITY: Final = {"maker": "manufacturer", "model": "model", "sw": "sw_version"}
OWN_APP: Final = "x-androidtv-app"


def describe(kind: Kind, key: str, shown: Mapping[str, Value], readings: Collection[str]) -> Description:
    """Return the device; `shown`: the words of the box, `readings`: the names of what it has told."""
    properties = {OWN_APP: _APP} if OWN_APP in readings else {}
    return described(
        kind,
        "androidtv",
        key,
        features=kind.features_of(readings),
        narrowing=_narrowing(kind, shown, readings),
        identity={
            "maker": str(shown.get("manufacturer", "")),
            "model": str(shown.get("model", "")),
            "sw": str(shown.get("sw_version", "")),
        },
        additions={"properties": properties, "actions": {"x-androidtv-openLink": _LINK}},
    )


def _narrowing(kind: Kind, shown: Mapping[str, Value], readings: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return the keys and apps there are, and the steps of the volume where they are even."""
    most = int(numeric(shown.get("most")) or 100)
    narrowing = {name: dict(terms) for name, terms in kind.limits.items()} | {"sendKey/key": {"enum": list(kind.keys)}}
    narrowing |= even_steps(most)
    if "app" in kind.gives and "app" in readings:
        narrowing["launchApp/app"] = {"enum": list(kind.apps)}
    return narrowing
