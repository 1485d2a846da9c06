"""What one renderer is and can do, in the profile's words, from what it says of itself."""

from collections.abc import Collection
from typing import Any, Final

from gateway.drivers.dlna.mapping import Kind
from gateway.drivers.dlna.renderer import Card
from gateway.drivers.parts.description import described
from gateway.drivers.parts.named import even_steps
from gateway.thing.description import Description

TITLE: Final = "x-dlna-title"
PLAY: Final = "x-dlna-play"
SEEK: Final = "x-dlna-seek"
_TITLE: Final = {
    "title": "What plays",
    "titles": {"en": "What plays", "zh-Hans": "正在播放"},
    "description": "The title of what it was given to play; empty while nothing is known. Says what people watch, hence private.",
    "type": "string",
    "maxLength": 256,
    "readOnly": True,
    "observable": False,
    "hl:private": True,
}
_PLAY: Final = {
    "title": "Play a link",
    "titles": {"en": "Play a link", "zh-Hans": "投屏播放"},
    "description": "The renderer fetches a film, a song or a picture from there by itself, and plays it at once.",
    "synchronous": True,
    "idempotent": False,
    "safe": False,
    "input": {
        "type": "object",
        "required": ["url"],
        "properties": {
            "url": {"type": "string", "maxLength": 1024, "title": "Link", "titles": {"en": "Link", "zh-Hans": "链接"}},
            "title": {"type": "string", "maxLength": 128, "title": "Title", "titles": {"en": "Title", "zh-Hans": "标题"}},
        },
    },
}
_SEEK: Final = {
    "title": "Go to a position",
    "titles": {"en": "Go to a position", "zh-Hans": "跳转"},
    "synchronous": True,
    "idempotent": True,
    "safe": False,
    "input": {
        "type": "object",
        "required": ["position"],
        "properties": {"position": {"type": "integer", "unit": "s", "minimum": 0, "maximum": 86400, "title": "Position"}},
    },
}
_OWN: Final = {PLAY: ("AVTransport.SetAVTransportURI", _PLAY), SEEK: ("AVTransport.Seek", _SEEK)}


def describe(kind: Kind, key: str, card: Card, readings: Collection[str]) -> Description:
    """Return the device; `card`: what it says of itself, `readings`: the names of what it has told."""
    return described(
        kind,
        "dlna",
        key,
        features=kind.features_of(readings),
        narrowing=_narrowing(kind, card),
        identity={"maker": card.maker, "model": card.model, "hw": card.number},
        additions={
            "properties": {TITLE: _TITLE} if TITLE in readings else {},
            "actions": {name: schema for name, (action, schema) in _OWN.items() if action in card.actions},
        },
    )


def _narrowing(kind: Kind, card: Card) -> dict[str, dict[str, Any]]:
    """Return the keys there are, and the steps of the volume where they are even."""
    limits = {name: dict(terms) for name, terms in kind.limits.items()}
    able = [key for key, action in kind.keys.items() if action in card.actions]
    return limits | even_steps(card.loudest) | ({"sendKey/key": {"enum": able}} if able else {})
