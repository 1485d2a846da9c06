"""What stands in the body of a command and of its answer: the number of the command and its data, on newer programs after their length."""

from dataclasses import dataclass

VERSION = 0x68
"""The command that asks for the number of the program."""


class Garbled(Exception):
    """A body that is no command."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A command (or the answer to it) and its data; what fills the last block up still hangs on where no length says otherwise."""

    command: int
    data: bytes = b""


def read(body: bytes, *, framed: bool) -> Letter:
    """Return the command in a body; Garbled."""
    if framed and not _plain(body):
        if len(body) < 6 or not 4 <= (length := int.from_bytes(body[:2], "little")) <= len(body) - 2:  # noqa: PLR2004 - see below
            raise Garbled("a length that is not there")
        body = body[2 : 2 + length]
    if len(body) < 4:  # noqa: PLR2004 - the number of a command
        raise Garbled("no command")
    return Letter(int.from_bytes(body[:4], "little"), body[4:])


def written(letter: Letter, *, framed: bool) -> bytes:
    """Return the body of an answer."""
    body = letter.command.to_bytes(4, "little") + letter.data
    return len(body).to_bytes(2, "little") + body if framed and letter.command != VERSION else body


def _plain(body: bytes) -> bool:
    """Whether it is the question for its program, which has no length on any model."""
    return body[:4] == VERSION.to_bytes(4, "little")
