"""What the pages say, in the reader's language: phrases, the profile's own titles, and the words of its enumerations.

All of it is data: `phrases.yaml` (both languages side by side), `words.yaml` (the words of the profiles), the profiles themselves.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from gateway.profile.resolver import read_yaml
from gateway.profile.sentences import in_languages
from gateway.thing.principal import LOCAL

LANGUAGES: Final = ("en", "zh-Hans")
_FOLDER = Path(__file__).parent
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language. Call it with the name of a phrase and what fills it in."""

    language: str
    phrases: Mapping[str, str]
    words: Mapping[str, str]
    rooms: Mapping[str, str]

    def __call__(self, phrase: str, /, **parts: object) -> str:
        """Return a phrase, filled in; KeyError for one that does not exist."""
        return self.phrases[phrase].format(**parts)

    @property
    def chinese(self) -> bool:
        """Return whether it is Chinese."""
        return self.language != "en"

    @property
    def comma(self) -> str:
        """Return what stands between the members of a list."""
        return "、" if self.chinese else ", "

    def title(self, schema: Mapping[str, Any], name: str = "") -> str:
        """Return the profile's own title in this language; `name`: what is shown where there is none."""
        return str(schema.get("titles", {}).get(self.language) or schema.get("title") or self.word(name))

    def brief(self, schema: Mapping[str, Any], name: str) -> str:
        """Return a title without what stands in it in brackets."""
        return re.split(" ?[(\uff08]", self.title(schema, name))[0]

    def either(self, texts: Mapping[str, str]) -> str:
        """Return a text that is given by language: this one, else English, else any."""
        return texts.get(self.language) or texts.get("en") or next(iter(texts.values()), "")

    def said(self, reason: str) -> str:
        """Return what the hub said in English (why something is so) in this language, marked where nobody has put it so."""
        return self.either(in_languages(reason))

    def who(self, name: str) -> str:
        """Return who somebody is by their id: whoever needed no login was at home."""
        return self("who.local") if name == LOCAL.name else name

    def room(self, name: str) -> str:
        """Return a room's name: one of the usual ones in this language, else as somebody wrote it."""
        return self.rooms.get(name, name)

    def room_named(self, name: str) -> str:
        """Return the room somebody means by a name in this language: a usual one's own name, else what they wrote."""
        return next((room for room, words in self.rooms.items() if words == name.strip()), name.strip())

    def word(self, word: str) -> str:
        """Return a word of a profile as people read it; one nobody put into words is shown as it is, without hyphens."""
        known = self.words.get(word)
        if known is not None:
            return known
        if not word.isascii() or word.upper() == word:
            return word
        plain = _CAMEL.sub(" ", word).replace("-", " ").lower()
        return plain[:1].upper() + plain[1:]


@cache
def tongue(language: str) -> Tongue:
    """Return one language (`en` or `zh-Hans`); reads its files the first time, so the first call belongs into a thread."""
    phrases = {name: texts[language] for name, texts in read_yaml(_FOLDER / "phrases.yaml").items()}
    words = read_yaml(_FOLDER / "words.yaml")
    rooms = {name: texts[language] for name, texts in words["rooms"].items()}
    return Tongue(language, phrases, words["en" if language == "en" else "zh"], rooms)


def preferred(accepted: str) -> str:
    """Return the language a browser asks for in its Accept-Language header: Chinese if it stands before English, else English."""
    for offer in accepted.lower().split(","):
        wanted = offer.partition(";")[0].strip()
        if wanted.startswith("zh"):
            return "zh-Hans"
        if wanted.startswith("en"):
            return "en"
    return "en"
