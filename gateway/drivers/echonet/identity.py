"""Who a node is, from what its profile object says: an identification number, and where it has none its maker's numbers.

The standard makes the identification number (0x83) mandatory, and some old units have none; maker, product and production number together
are as good, where the unit tells a production number. A node that tells neither cannot be known again after its address changed.
"""

import hashlib
from collections.abc import Mapping

from gateway.drivers.echonet.lists import object_list
from gateway.errors import WireError

NUMBER, MAKER, PRODUCT, PRODUCTION, OBJECTS = 0x83, 0x8A, 0x8C, 0x8D, 0xD6
ASKED = (OBJECTS, NUMBER, MAKER, PRODUCT, PRODUCTION)
_NUMBER_LENGTH = 17


def key_of(told: Mapping[int, bytes]) -> str:
    """Return the node's key, "" when it does not tell enough to be known again."""
    number = told.get(NUMBER, b"")
    if len(number) == _NUMBER_LENGTH and any(number[4:]):
        return number[1:].hex()
    if any(told.get(PRODUCTION, b"")):
        parts = b"|".join(told.get(code, b"") for code in (MAKER, PRODUCT, PRODUCTION))
        return f"made-{hashlib.sha256(parts).hexdigest()[:24]}"
    return ""


def facts_of(told: Mapping[int, bytes]) -> dict[str, str]:
    """Return what is remembered of a node: its key, its objects in hexadecimal, maker and model; what it does not tell is left out."""
    facts = {
        "id": key_of(told),
        "objects": " ".join(f"{code:06x}" for code in objects_of(told)),
        "maker": told.get(MAKER, b"").hex(),
        "model": text_of(told.get(PRODUCT, b"")),
        "serial_hash": hashlib.sha256(told[PRODUCTION]).hexdigest() if any(told.get(PRODUCTION, b"")) else "",
    }
    return {name: value for name, value in facts.items() if value}


def objects_of(told: Mapping[int, bytes]) -> tuple[int, ...]:
    """Return the objects a node holds, none when its list is damaged."""
    try:
        return object_list(told.get(OBJECTS, b""))
    except WireError:
        return ()


def text_of(data: bytes) -> str:
    """Return padded text, without anything that is no printable character."""
    return "".join(letter for letter in data.decode("ascii", "replace") if letter.isprintable() and letter != "\ufffd").strip()
