"""Two lists inside property data: which properties an object has (a property map), and which objects a node holds (an instance list)."""

from gateway.errors import WireError

_MOST_LISTED = 15
_BITMAP = 17
_OBJECT = 3


def property_map(data: bytes) -> frozenset[int]:
    """Return the property codes of a map; raise WireError when it is none.

    The first byte is the count. Up to 15 codes follow as they are. Of more, sixteen bytes of bits follow: bit b (0 the lowest) of byte n
    (from 0) is the code with b + 8 as its first hexadecimal digit and n as its second.
    """
    if not data:
        raise WireError("an empty property map")
    if data[0] <= _MOST_LISTED and len(data) == data[0] + 1:
        return frozenset(data[1:])
    if len(data) != _BITMAP:
        raise WireError(f"a property map of {data[0]} properties in {len(data)} bytes")
    return frozenset((bit + 8) << 4 | low for low, bits in enumerate(data[1:]) for bit in range(8) if bits >> bit & 1)


def object_list(data: bytes) -> tuple[int, ...]:
    """Return the objects of an instance list, each once; raise WireError when it is cut short."""
    if not data or len(data) < 1 + _OBJECT * data[0]:
        raise WireError("an instance list that is cut short")
    return tuple(dict.fromkeys(int.from_bytes(data[at : at + _OBJECT], "big") for at in range(1, 1 + _OBJECT * data[0], _OBJECT)))
