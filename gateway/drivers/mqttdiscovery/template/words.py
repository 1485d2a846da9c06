"""The words of one block, taken one after the other."""

from gateway.drivers.mqttdiscovery.template.tokens import Token, refused

RESERVED = frozenset({"and", "or", "not", "if", "else", "in", "is", "elif", "endif"})


class Words:
    """The words that are left; the last of them is of the kind `end`."""

    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._at = 0

    @property
    def token(self) -> Token:
        """The word that is next."""
        return self._tokens[self._at]

    @property
    def after(self) -> str:
        """The text of the word behind the next one, which is not the end."""
        return self._tokens[self._at + 1].text

    @property
    def opens(self) -> bool:
        """Whether an opening bracket is next, as of a call."""
        return self.token.kind == "sign" and self.token.text == "("

    def take(self) -> Token:
        """Take the next word, whatever it is."""
        self._at += 1
        return self._tokens[self._at - 1]

    def taken(self, *signs: str) -> Token | None:
        """Take the next word if it is one of these."""
        return self.take() if self.token.kind in {"name", "sign"} and self.token.text in signs else None

    def expected(self, sign: str) -> None:
        """Take this word; raise WireError when another is there."""
        if self.taken(sign) is None:
            raise refused(f"{self.token.text!r} where {sign!r} is expected", self.token.at)

    def name(self) -> Token:
        """Take a name."""
        if self.token.kind != "name" or self.token.text in RESERVED:
            raise refused(f"{self.token.text!r} where a name is expected", self.token.at)
        return self.take()

    def finished(self) -> None:
        """Raise WireError unless all words were taken."""
        if self.token.kind != "end":
            raise refused(f"{self.token.text!r}", self.token.at)
