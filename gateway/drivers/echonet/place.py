"""A place in an object: a property, and which of its bytes and bits.

What an object shows is a mapping of property codes to their data. What it is asked to be is a `Wish`: the same, and it knows what the
object lets one set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

Shown: TypeAlias = Mapping[int, bytes]
_BYTE = 0xFF
_LEAST_CODE = 0x80


@dataclass(slots=True)
class Wish:
    """`data`: what is to be set; `settable`: the codes that can be."""

    settable: frozenset[int]
    data: dict[int, bytes] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """`size` bytes from byte `at` of property `code`, big endian; `mask`: only these bits of a single byte."""

    code: int
    at: int = 0
    size: int = 1
    signed: bool = False
    mask: int = _BYTE

    def __post_init__(self) -> None:
        if not _LEAST_CODE <= self.code <= _BYTE or self.size not in (1, 2, 4) or self.at < 0 or not 0 < self.mask <= _BYTE:
            raise ConfigurationInvalid(f"{self} is no place in a property")

    def get(self, shown: Shown) -> int | None:
        """Return the number, None when the property is not shown or too short."""
        data = shown.get(self.code, b"")[self.at : self.at + self.size]
        if len(data) < self.size:
            return None
        number = int.from_bytes(data, "big", signed=self.signed)
        return number if self.mask == _BYTE else (number & self.mask) >> self._shift

    def put(self, asked: Wish, raw: Value) -> None:
        """Ask for the number; a property is always set as a whole."""
        asked.data[self.code] = int(raw).to_bytes(self.size, "big", signed=self.signed)

    def fits(self, raw: Value) -> bool:
        """Whether the bytes can hold the number."""
        bits = 8 * self.size - self.signed
        return isinstance(raw, int) and (-(1 << bits) if self.signed else 0) <= raw < 1 << bits

    @property
    def _shift(self) -> int:
        return (self.mask & -self.mask).bit_length() - 1


def place(written: Any) -> Number:
    """Return the place written as a property code, or as `{epc, at, size, signed, mask}`."""
    match written:
        case int(code):
            return Number(code=code)
        case {"epc": int(), **rest}:
            known: dict[str, Any] = {str(name): value for name, value in rest.items()}
            return Number(code=written["epc"], **known)
    raise ConfigurationInvalid(f"{written!r} is no place: write a property code, or {{epc: code, size: bytes}}")
