"""A place in a body: one byte and some neighbouring bits of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.errors import ConfigurationInvalid
from gateway.thing.value import Value

_BODY = 200
_BYTE = 0xFF


@dataclass(frozen=True, slots=True)
class Bits:
    """Byte `at` of the body, the bits of `mask` in it."""

    at: int
    mask: int

    def __post_init__(self) -> None:
        if not 0 <= self.at < _BODY or not 0 < self.mask <= _BYTE:
            raise ConfigurationInvalid(f"[{self.at}, {self.mask}] is no place in a body")

    @property
    def shift(self) -> int:
        """How far the lowest of the bits is from the right."""
        return (self.mask & -self.mask).bit_length() - 1

    def fits(self, number: Value) -> bool:
        """Whether the bits can hold the number."""
        return isinstance(number, int) and 0 <= number <= self.mask >> self.shift

    def get(self, body: bytes) -> int | None:
        """Return the number in the bits, None when the body is too short."""
        return (body[self.at] & self.mask) >> self.shift if self.at < len(body) else None

    def put(self, body: bytearray, number: int) -> None:
        """Write the number into the bits, the others stay; raise IndexError when the body is too short."""
        body[self.at] = body[self.at] & ~self.mask & _BYTE | number << self.shift & self.mask


def place(written: Sequence[int]) -> Bits:
    """Return the place written as `[byte, bits]`."""
    match written:
        case [int(at), int(mask)]:
            return Bits(at, mask)
    raise ConfigurationInvalid(f"{written!r} is no place: write [byte, bits]")
