"""The list of devices a bridge keeps retained (`<base>/bridge/devices`), read with suspicion: one row for each device there is.

A row is told apart by its address on the radio, which never changes; its friendly name is what its topics are called at the moment. What a
device exposes is kept packed, and once for all devices of a model: a thousand devices are described by a few dozen definitions.
"""

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from gateway.drivers.parts.body import json_in
from gateway.drivers.parts.text import shown
from gateway.errors import WireError

LIMIT = 3 * 1024 * 1024
"""Bytes of a list that is read: some hundred thousand more than three hundred devices need, which is more than one radio carries."""
MOST = 4096
"""Devices of one bridge."""
_IEEE = re.compile(r"0x[0-9a-f]{16}").fullmatch
_LONGEST_NAME = 512
_DEEPEST = 16
_LEFT_OUT = frozenset({"description", "presets", "icon", "options", "homeassistant"})
"""Members of a definition that say nothing about what the device is."""


class Listed(NamedTuple):
    """One device. `definition`: under which its packed definition is kept. `disabled`: its owner wants nothing of it to be told.

    `sleeps`: it has its radio off for most of the time, and answers when it wakes.
    """

    ieee: str
    name: str
    maker: str
    model: str
    title: str
    firmware: str
    definition: bytes
    disabled: bool = False
    sleeps: bool = False


class Refused(NamedTuple):
    """A row that cannot be used, and why."""

    name: str
    why: str


Definitions = dict[bytes, bytes]
"""Digest to packed definition."""


def listed(payload: bytes, definitions: Definitions) -> Iterator[Listed | Refused]:
    """Yield the devices of a list, and why one of its rows is none; raise WireError when it is no list."""
    rows = json_in(payload, "the list of devices", LIMIT)
    if not isinstance(rows, list):
        raise WireError("the list of devices is no list")
    if len(rows) > MOST:
        raise WireError(f"the list has {len(rows)} devices, more than {MOST}")
    seen: set[str] = set()
    for row in rows:
        if isinstance(row, dict) and row.get("type") == "Coordinator":
            continue
        found = _row(row, definitions)
        if isinstance(found, Listed):
            if found.ieee in seen:
                found = Refused(found.ieee, "a second device with this address on the radio: the first in the list counts")
            else:
                seen.add(found.ieee)
        yield found


def definition_of(packed: bytes) -> dict[str, Any]:
    """Return a definition that `listed` has packed."""
    found: dict[str, Any] = orjson.loads(zlib.decompress(packed))
    return found


def _row(row: Any, definitions: Definitions) -> Listed | Refused:
    if not isinstance(row, dict):
        return Refused("", "a row that is no object")
    ieee, name, definition = row.get("ieee_address"), row.get("friendly_name"), row.get("definition")
    told = shown(name) or shown(ieee)
    if not isinstance(ieee, str) or not _IEEE(ieee.lower()):
        return Refused(told, "it has no address on the radio such as 0x00158d0001a2b3c4")
    if not isinstance(name, str) or (why := unfit(name)):
        return Refused(told, f"its friendly name makes no topic ({why if isinstance(name, str) else 'no text'})")
    if not isinstance(definition, dict) or not isinstance(definition.get("exposes"), list):
        return Refused(told, "Zigbee2MQTT does not know this model, or is not through with asking it: it tells nothing of what it can do")
    if not definition["exposes"]:
        return Refused(told, "its model exposes nothing")
    return Listed(
        ieee=ieee.lower(),
        name=name,
        maker=shown(definition.get("vendor")),
        model=shown(definition.get("model")),
        title=shown(definition.get("description")),
        firmware=shown(row.get("software_build_id")),
        definition=_packed(definition, definitions),
        disabled=row.get("disabled") is True,
        sleeps=row.get("type") == "EndDevice" and row.get("power_source") in ("Battery", None),
    )


def unfit(name: str) -> str:
    """Return why a friendly name cannot be a topic beside the bridge's own; "" for one that can."""
    if not 0 < len(name) <= _LONGEST_NAME or not name.isprintable():
        return "empty, too long or with characters that cannot be shown"
    if "+" in name or "#" in name:
        return "with a wildcard"
    if name.startswith("/") or name.endswith("/"):
        return "with a stroke at an end"
    if name == "bridge" or name.startswith("bridge/"):
        return "among the bridge's own"
    return ""


def _packed(definition: Mapping[str, Any], definitions: Definitions) -> bytes:
    """Keep a definition without what is only for people to read; return its digest."""
    plain = orjson.dumps(_bare(definition, 0), option=orjson.OPT_SORT_KEYS)
    digest = hashlib.blake2b(plain, digest_size=16).digest()
    if digest not in definitions:
        definitions[digest] = zlib.compress(plain)
    return digest


def _bare(value: Any, depth: int) -> Any:
    if depth > _DEEPEST:
        return None
    if isinstance(value, dict):
        left_out = _LEFT_OUT if depth else _LEFT_OUT - {"description"}
        return {name: _bare(each, depth + 1) for name, each in value.items() if name not in left_out}
    return [_bare(each, depth + 1) for each in value] if isinstance(value, list) else value
