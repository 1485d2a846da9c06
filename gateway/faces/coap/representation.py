"""How values look in each content format, and which one a client gets."""

from collections.abc import Mapping
from typing import Any

from gateway.errors import NotAcceptable
from gateway.profile.instance import Instance
from gateway.protocol.coap.message import CBOR, JSON, SENML_CBOR, SENML_JSON, Request
from gateway.protocol.payload import encode
from gateway.protocol.senml import Record, senml_pack
from gateway.thing.command import Version
from gateway.thing.timestamp import from_iso
from gateway.thing.value import Value

DOCUMENTS = (JSON, CBOR)
STATES = (JSON, CBOR, SENML_JSON, SENML_CBOR)
_SENML = frozenset({SENML_JSON, SENML_CBOR})


def choose(accept: int | None, offered: tuple[int, ...]) -> int:
    """Return the content format to answer in; raise NotAcceptable naming what there is."""
    if accept is None:
        return offered[0]
    if accept not in offered:
        raise NotAcceptable(f"content format {accept} is not available here; there is {', '.join(map(str, offered))}")
    return accept


def answering(request: Request) -> int:
    """Return the format of an answer to what has been done already: CBOR for who asked for it, else JSON."""
    return CBOR if request.accept == CBOR else JSON


def value_formats(value: Value) -> tuple[int, ...]:
    """Return what one property can be given in: SenML only carries numbers, booleans and strings."""
    return STATES if isinstance(value, bool | int | float | str) else DOCUMENTS


def represent(
    value: Value, content_format: int, instance: Instance, base: str, names: Mapping[str, Value], meta: Mapping[str, Any]
) -> bytes:
    """Return the bytes of a value, or of `names` as SenML records under `base` at the state's time."""
    if content_format not in _SENML:
        return encode(value, content_format)
    at = from_iso(meta["ts"])
    records = [
        Record(name=name, value=member, unit=instance.properties[name].unit, time=at)
        for name, member in names.items()
        if isinstance(member, bool | int | float | str)
    ]
    return senml_pack(base, records, content_format)


def etag_of(version: Version) -> bytes:
    """Return `boot+seq` in the 8 bytes an ETag has: 3 for boot, 5 for seq."""
    return (version.boot & 0xFFFFFF).to_bytes(3, "big") + (version.seq & 0xFFFFFFFFFF).to_bytes(5, "big")
