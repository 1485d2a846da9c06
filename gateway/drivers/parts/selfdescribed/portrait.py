"""From what a device says of itself to what it is here: the closest kind, its parts, and a place for every feature.

A feature lands exactly once: on an affordance of the kind or of a standard mixin where meaning, type, unit, range and access fit, otherwise
as `x-<vendor>-<name>`; nothing is dropped. Devices that say the same share one portrait.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from weakref import WeakKeyDictionary, WeakSet, WeakValueDictionary

from gateway.drivers.parts.selfdescribed.dividing import divided
from gateway.drivers.parts.selfdescribed.feature import Claim, Feature
from gateway.drivers.parts.selfdescribed.guarded import way_in
from gateway.drivers.parts.selfdescribed.kinds import composite, fallback, hint, kind_of
from gateway.drivers.parts.selfdescribed.landing import Landing
from gateway.drivers.parts.selfdescribed.row import Part, Portrait
from gateway.drivers.parts.selfdescribed.soundness import sound
from gateway.drivers.parts.selfdescribed.standard import Standard, standard_of
from gateway.profile.library import Library

_shared: WeakKeyDictionary[Library, WeakValueDictionary[bytes, Portrait]] = WeakKeyDictionary()
"""The portraits in use, by library and what was claimed: a thousand bulbs of one model have one."""

_ready: WeakSet[Library] = WeakSet()
_PREPARING = Lock()


def portrait(claim: Claim, library: Library) -> Portrait:
    """Return what a device is; raise SchemaViolation where its claim as a whole cannot be used. It asks no wire and keeps no state.

    `kindless` says why where no kind of the profile fits; such a device is of the kind `other-device` and has all its features there.
    """
    shared, key = _shared.setdefault(library, WeakValueDictionary()), _digest(claim)
    found = shared.get(key)
    if found is None:
        found = shared[key] = _made(claim, standard_of(library))
    return found


def prepare(library: Library) -> None:
    """Read what portraits are made with, about a second's work the first time: for a thread, before the first `portrait` in the loop."""
    with _PREPARING:  # several wires begin at the same time, and the first does the work for all
        standard_of(library)
    portrait(Claim(vendor="none", features=(Feature(key="x", name="action", type="string", words=("x",), event=True),)), library)
    _ready.add(library)


async def made_ready(library: Library) -> None:
    """Have it prepared, by the first who hears of such a device: it weighs 4 MiB, and most hubs have none."""
    if library not in _ready:
        await asyncio.to_thread(prepare, library)


def _made(claim: Claim, standard: Standard) -> Portrait:
    features = sound(claim)
    groups = divided(features, claim.title)
    kinds = {name: kind_of(group, claim.title) for name, group in groups.items()}
    whole = kinds[""]
    several = len(groups) > 1
    if whole is None and several and any(kinds.values()):
        whole = composite()
    parts: list[Part] = []
    for name, group in groups.items():
        kind = (whole if not name else kinds[name]) or fallback()
        parts += _parts(standard, claim, kind, name, group)
    return Portrait(parts=tuple(parts), kindless="" if whole is not None else _why(features))


def _parts(standard: Standard, claim: Claim, kind: str, name: str, features: Sequence[Feature]) -> list[Part]:
    """Return the part, and further ones for what has no room in it."""
    made: list[Part] = []
    left: Sequence[Feature] = features
    while True:
        landing = Landing(standard, kind if not made else fallback(), claim.vendor, claim.title)
        landing.land(left)
        label = name if not made else f"{name or 'more'}-{len(made) + 1}"
        made.append(landing.part(label, label.replace("_", " ")))
        left = landing.left
        if not left:
            return made


def _why(features: Sequence[Feature]) -> str:
    if not features:
        return "it describes nothing"
    names = sorted({feature.name for feature in features})
    return f"no kind has {', '.join(names[:4])}{' ...' if len(names) > 4 else ''}"  # noqa: PLR2004 - enough to recognise it


def _digest(claim: Claim) -> bytes:
    """Return what the portrait depends on: the features, the vendor, and of the title only what tells the kind."""
    bare = replace(claim, maker="", model="", title="", firmware="")
    return hashlib.blake2b(repr((bare, hint(claim.title), way_in(claim.title))).encode("utf-8", "surrogatepass"), digest_size=16).digest()
