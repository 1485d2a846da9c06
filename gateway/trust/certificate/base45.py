"""Base 45 (RFC 9285): bytes in the 45 characters that QR codes pack tightest, so that any scanner reads a certificate as a text."""

from typing import Final

from gateway.errors import BadSyntax

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE: Final = 45
_VALUES: Final = {character: number for number, character in enumerate(ALPHABET)}
_PAIR: Final = 3
"""Characters two bytes become."""


def base45(data: bytes) -> str:
    """Return bytes as text: three characters for two bytes, two for a last one."""
    text = []
    for at in range(0, len(data), 2):
        number = int.from_bytes(data[at : at + 2], "big")
        for _ in range(len(data[at : at + 2]) + 1):
            number, digit = divmod(number, _BASE)
            text.append(ALPHABET[digit])
    return "".join(text)


def from_base45(text: str) -> bytes:
    """Return the bytes of a text; raise BadSyntax for what is none."""
    data = bytearray()
    for at in range(0, len(text), _PAIR):
        group = text[at : at + _PAIR]
        if len(group) == 1 or any(character not in _VALUES for character in group):
            raise BadSyntax("not base 45")
        number = sum(_VALUES[character] * _BASE**place for place, character in enumerate(group))
        try:
            data += number.to_bytes(len(group) - 1, "big")
        except OverflowError as error:
            raise BadSyntax("not base 45") from error
    return bytes(data)
