"""Sensor measurement lists, RFC 8428, in JSON (110) and CBOR (112) (being filled in: signatures are final)."""

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.protocol.payload import SENML_JSON


@dataclass(frozen=True, slots=True)
class Record:
    """One measurement. `unit`: a SenML name; `time`: seconds since the epoch (None: now)."""

    name: str
    value: bool | float | str | None
    unit: str | None = None
    time: float | None = None


def senml_pack(base_name: str, records: Iterable[Record], content_format: int = SENML_JSON) -> bytes:
    """Return a pack whose first record carries `base_name`."""
    raise NotImplementedError


def senml_unpack(payload: bytes, content_format: int = SENML_JSON) -> tuple[Record, ...]:
    """Return resolved records: full names, base values added."""
    raise NotImplementedError
