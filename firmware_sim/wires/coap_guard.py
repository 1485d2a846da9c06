"""The doorkeeper of the CoAP socket: what is no sound request, ping or acknowledgement falls before the library decodes it.

aiocoap turns every option that is not UTF-8 into a traceback in the log, and remembers every odd number it ever saw; one hostile
neighbour would fill a memory card. Here the options are walked once, and nothing is built.
"""

_TEXTS = frozenset({3, 8, 11, 15, 20, 35, 39})
"""Options that must be UTF-8: Uri-Host, Location-Path, Uri-Path, Uri-Query, Location-Query, Proxy-Uri, Proxy-Scheme."""

_LENGTHS = {6: 3, 7: 2, 12: 2, 14: 4, 16: 1, 17: 2, 23: 3, 27: 3, 28: 4, 60: 4, 258: 1}
"""Longest value, in bytes, of the options that are whole numbers."""

_HEADER, _LONGEST_TOKEN, _MOST_OPTIONS = 4, 8, 64
_EXTENDED = {13: (1, 13), 14: (2, 269)}
_CON_OR_NON = frozenset({0, 1})


def acceptable(datagram: bytes) -> bool:
    """Return whether a server may decode this datagram."""
    if len(datagram) < _HEADER or datagram[0] >> 6 != 1:
        return False
    kind, token, code = datagram[0] >> 4 & 3, datagram[0] & 15, datagram[1]
    if code == 0:
        return len(datagram) == _HEADER
    is_request = code < 1 << 5 and kind in _CON_OR_NON
    return is_request and token <= _LONGEST_TOKEN and _options_sound(datagram, _HEADER + token)


def _options_sound(datagram: bytes, at: int) -> bool:
    number = count = 0
    end = len(datagram)
    while at < end and datagram[at] != 0xFF:  # noqa: PLR2004 - the payload marker
        head, at = datagram[at], at + 1
        delta, at = _extended(datagram, head >> 4, at)
        length, at = _extended(datagram, head & 15, at)
        number, count = number + delta, count + 1
        if delta < 0 or length < 0 or at + length > end or count > _MOST_OPTIONS or not _value_sound(number, datagram[at : at + length]):
            return False
        at += length
    return at <= end


def _extended(datagram: bytes, nibble: int, at: int) -> tuple[int, int]:
    """Return a delta or length and the place after it; -1 when it cannot be read."""
    if nibble not in _EXTENDED:
        return (nibble, at) if nibble < min(_EXTENDED) else (-1, at)
    size, offset = _EXTENDED[nibble]
    if at + size > len(datagram):
        return -1, at
    return int.from_bytes(datagram[at : at + size], "big") + offset, at + size


def _value_sound(number: int, value: bytes) -> bool:
    if number in _TEXTS:
        try:
            value.decode()
        except UnicodeDecodeError:
            return False
    return len(value) <= _LENGTHS.get(number, len(value))
