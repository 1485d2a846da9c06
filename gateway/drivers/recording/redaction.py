"""What says whose an appliance is, or opens it, is replaced: keys, tokens, numbers, MACs, serial numbers, network names, addresses.

The same word becomes the same other word throughout one recording, of the same shape, so that a driver reads what it would have read: a MAC
stays a MAC, and an answer still comes from the unit that was asked. Which word it was cannot be computed back: the replacement comes from a
secret that is forgotten with the recording.
"""

import hmac
import re
import secrets
from collections.abc import Iterable, Iterator
from typing import Any, Final

from gateway.drivers.recording.plain import MARK
from gateway.drivers.spi import Registration

PRIVATE: Final = re.compile(
    r"(?i)(.*_)?(token|key|psk|pass(word|wd)?|secret|mac|tcid|did|uid|sn|serial.*|.?ssid|name|ip|localip|gw|host|address|owner|account|"
    r"bind_?key|partner_id|lat|lon|latitude|longitude|hash)\Z"
).match
"""Members whose text is private whatever it is."""
_MAC: Final = re.compile(
    r"(?<![0-9A-Za-z])(?:[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}"
    r"|(?=\d*[A-Fa-f])(?:[0-9a-f]{12}|[0-9A-F]{12}))(?![0-9A-Za-z])"
)
_NO_IDENTITY: Final = re.compile(r"\d{1,4}(\.\d{1,4})?\Z|\Z").match
"""What stands under such a name and says nothing: a short number, or `2.10`, which some wires call a property by."""
_ADDRESS: Final = re.compile(r"(?<![0-9.])(?:\d{1,3}\.){3}\d{1,3}(?![0-9.])")
_UUID: Final = re.compile(r"(?i)(?<![0-9a-f-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f-])")
ANYWHERE: Final = "192.0.2.1"
_SHORTEST: Final = 5
"""Characters; a shorter word is in many a harmless text."""
_SHORTEST_KEY: Final = 12
"""Characters; a shorter one is on a keypad."""
_LARGEST_NUMBER: Final = 2**64
"""What is larger is a key that happens to have no letters."""
_TURNS: Final = 8
_MARKS: Final = ":-"
_HEX, _DIGITS, _SMALL, _LARGE = "0123456789abcdef", "0123456789", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class Redaction:
    """Of one recording."""

    def __init__(self, registration: Registration, others: Iterable[str] = ()) -> None:
        self._secret = secrets.token_bytes(32)
        known = [registration.key, *others, *registration.credentials.values()]
        known += [text for name, text in registration.facts.items() if PRIVATE(name)]
        self._texts = {word: self.word(word) for word in sorted(set(known), key=len, reverse=True) if len(word) >= _SHORTEST}
        self._numbers = {int(word): int(self._texts[word]) for word in self._texts if _is_number(word)}
        self._bytes = dict(self._in_bytes())

    def registration(self, registration: Registration) -> dict[str, Any]:
        """Return what a driver needs to open the unit again, with nothing of whose it is."""
        return {
            "key": self.text(registration.key),
            "facts": {name: self._member(name, text) for name, text in registration.facts.items()},
            "credentials": {name: self.word(text) for name, text in registration.credentials.items()},
        }

    def clean(self, value: Any) -> Any:
        """Return plain JSON without what is private."""
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bool) or not isinstance(value, int | list | dict):
            return value
        if isinstance(value, int):
            return self._numbers.get(value, value)
        if isinstance(value, list):
            return [self.clean(member) for member in value]
        if value.get(MARK) == "bytes":
            return {MARK: "bytes", "hex": self._raw(bytes.fromhex(value["hex"])).hex()}
        said = "op" in value  # a command: its name is a property's or an action's
        return {name: self.clean(member) if said and name == "name" else self._member(name, member) for name, member in value.items()}

    def text(self, text: str) -> str:
        """Return a text without the words that are known to be private, and without what looks like a MAC or an address."""
        for word, instead in self._texts.items():
            text = text.replace(word, instead).replace(word.upper(), instead.upper()).replace(word.lower(), instead.lower())
        text = _UUID.sub(lambda found: self.word(found[0]), text)
        made = set(self._texts.values())
        text = _MAC.sub(lambda found: found[0] if found[0] in made else self.word(found[0]), text)
        return _ADDRESS.sub(ANYWHERE, text)

    def word(self, word: str) -> str:
        """Return another word of the same shape; a MAC with marks between its digits becomes what it becomes without."""
        if _is_number(word):
            return self._number(word)
        bare = "".join(letter for letter in word if letter not in _MARKS)
        hexadecimal = all(letter.lower() in _HEX for letter in bare) and not bare.isdecimal()
        for turn in range(_TURNS):
            chance = self._chance(f"{bare.lower()}{turn or ''}", len(bare))
            other = "".join(letter if letter in _MARKS else _other(letter, next(chance), hexadecimal=hexadecimal) for letter in word)
            if hexadecimal:  # a digit may have become a letter
                other = other.upper() if word.isupper() else other.lower() if word.islower() else other
            if other != word:
                return other
        return word  # nothing in it could be anything else

    def _chance(self, word: str, length: int) -> Iterator[int]:
        stream = b""
        while len(stream) < length:
            stream += hmac.digest(self._secret, stream[-64:] + word.encode(), "sha512")
        return iter(stream)

    def _number(self, word: str) -> str:
        """Return a smaller number, of as many digits if there is one, so that it fits where the other one stood."""
        value, least = int(word), 10 ** (len(word) - 1)
        chance = int.from_bytes(bytes(self._chance(word, 64)))
        return str(least + chance % (value - least)) if value > least else str(chance % value)

    def _member(self, name: str, value: Any) -> Any:
        if not PRIVATE(name) or isinstance(value, bool):
            return self.clean(value)
        if isinstance(value, str):
            harmless = _NO_IDENTITY(value) or (name == "key" and len(value) < _SHORTEST_KEY)
            return value if harmless else self._texts.get(value) or self.word(value)
        if isinstance(value, int):
            return self._numbers.get(value, int(self._number(str(value))) if value >= 10**_SHORTEST else value)
        if isinstance(value, dict) and value.get(MARK) == "bytes":
            raw = bytes.fromhex(value["hex"])
            return {MARK: "bytes", "hex": raw_clean.hex() if (raw_clean := self._raw(raw)) != raw else self._hex(value["hex"])}
        return self.clean(value)

    def _hex(self, digits: str) -> str:
        chance = self._chance(digits, len(digits))
        return "".join(_other(digit, next(chance), hexadecimal=True) for digit in digits)

    def _raw(self, data: bytes) -> bytes:
        for before, after in self._bytes.items():
            data = data.replace(before, after)
        return data

    def _in_bytes(self) -> Iterable[tuple[bytes, bytes]]:
        """Yield how the known words stand among bytes: as text, as hexadecimal digits, and as numbers of 4 to 8 bytes either way round."""
        for word, instead in self._texts.items():
            yield word.encode(), instead.encode()
            digits, others = (re.sub("[:-]", "", text) for text in (word, instead))
            if len(digits) >= 2 * 4 and len(digits) % 2 == 0 and all(letter in _HEX for letter in digits.lower()):
                yield bytes.fromhex(digits), bytes.fromhex(others)
        for number, instead_of_it in self._numbers.items():
            for size in range(max(4, -(-number.bit_length() // 8)), 9):
                yield number.to_bytes(size, "little"), instead_of_it.to_bytes(size, "little")
                yield number.to_bytes(size, "big"), instead_of_it.to_bytes(size, "big")


def _is_number(word: str) -> bool:
    return word.isascii() and word.isdecimal() and not word.startswith("0") and int(word) < _LARGEST_NUMBER


def _other(letter: str, chance: int, *, hexadecimal: bool) -> str:
    """Return another letter of the same kind."""
    if hexadecimal and letter.lower() in _HEX:
        return _HEX[chance % 16].upper() if letter.isupper() else _HEX[chance % 16]
    for kind in (_DIGITS, _SMALL, _LARGE):
        if letter in kind:
            return kind[chance % len(kind)]
    return letter if letter.isascii() else "x"
