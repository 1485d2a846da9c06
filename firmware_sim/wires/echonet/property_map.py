"""The list of properties an object can get, set or announce, in its two written forms."""

from collections.abc import Collection

_LONGEST_LIST = 15


def property_map(codes: Collection[int]) -> bytes:
    """Return how many there are and which.

    Up to fifteen are written one after the other. More are sixteen bytes of bits: byte n of them is for the codes that end in n, its
    lowest bit for 8n, its highest for Fn.
    """
    if len(codes) <= _LONGEST_LIST:
        return bytes([len(codes), *sorted(codes)])
    bits = bytearray(16)
    for code in codes:
        bits[code & 0x0F] |= 1 << (code >> 4) - 8
    return bytes([len(codes)]) + bytes(bits)
