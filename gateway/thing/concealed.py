"""Words that nothing may show, whoever puts them into a text: the passwords and tokens of appliances.

The code that holds a secret does not show it. This is for the code that shows what it was told: a traceback of a driver, the reason a
library gives, a URL with a token in it. Log lines and the reasons of failures pass through here on their way out.
"""

from collections.abc import Iterable
from typing import Final

SHORTEST: Final = 6
"""Characters; a shorter word is in many a harmless text."""
MOST: Final = 4096
INSTEAD: Final = "[secret]"


class Concealed:
    """The words, the newest of a bounded number."""

    def __init__(self) -> None:
        self._words: dict[str, None] = {}
        self._longest_first: list[str] | None = []
        """As they are looked for: else the end of a word with another in it would stay. None: to be sorted anew."""

    def add(self, words: Iterable[str]) -> None:
        """Never show these from now on."""
        for word in words:
            if len(word) >= SHORTEST:
                self._words.pop(word, None)
                self._words[word] = None
        while len(self._words) > MOST:
            del self._words[next(iter(self._words))]
        self._longest_first = None

    def hide(self, text: str) -> str:
        """Return the text without them."""
        if self._longest_first is None:
            self._longest_first = sorted(self._words, key=len, reverse=True)
        for word in self._longest_first:
            if word in text:
                text = text.replace(word, INSTEAD)
        return text


CONCEALED: Final = Concealed()
"""Those of this process, as there is one log of it."""
