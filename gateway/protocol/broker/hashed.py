"""The number under which OpenSSL looks for a name in a folder of certificates or revocation lists (`openssl crl -hash`)."""

import hashlib

from cryptography import x509

_SEQUENCE, _SET, _UTF8, _OBJECT = 0x30, 0x31, 0x0C, 0x06
_LONG = 0x80


def name_hash(name: x509.Name) -> int:
    """Return the hash: SHA-1 of the name with every text in UTF-8, lower case, without double spaces; its first four bytes."""
    canonical = b"".join(_tagged(_SET, b"".join(sorted(_attribute(each) for each in part))) for part in name.rdns)
    return int.from_bytes(hashlib.sha1(canonical, usedforsecurity=False).digest()[:4], "little")


def _attribute(attribute: x509.NameAttribute[str | bytes]) -> bytes:
    text = attribute.value if isinstance(attribute.value, str) else attribute.value.decode()
    plain = " ".join("".join(each.lower() if each.isascii() else each for each in text).split())
    return _tagged(_SEQUENCE, _object(attribute.oid.dotted_string) + _tagged(_UTF8, plain.encode()))


def _object(dotted: str) -> bytes:
    first, second, *rest = (int(number) for number in dotted.split("."))
    return _tagged(_OBJECT, b"".join(_base128(number) for number in (40 * first + second, *rest)))


def _base128(number: int) -> bytes:
    digits = [number & 0x7F]
    while number := number >> 7:
        digits.append(number & 0x7F | _LONG)
    return bytes(reversed(digits))


def _tagged(tag: int, content: bytes) -> bytes:
    length = len(content)
    if length < _LONG:
        return bytes((tag, length)) + content
    size = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(size))) + size + content
