"""A board of one type on the line: reads frames, has the type's own speech answer them, and says unasked what has changed.

A query or command the speech does not know is left unanswered, as real boards do. A notice is said when it is news beside the last
one of its name; what a command changed stands in the command's answer and is not said again, unless the type's answers are empty words
(`silent`).
"""

from collections.abc import Callable

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Changed, Notice
from firmware_sim.wires.midea.frame import Frame, FrameKind, decode, encode
from firmware_sim.wires.midea.speech import Notices, Speech

IDENTITY = bytes(19)
"""The body of the answer to "what are you": a subtype of zero."""


class Speaking:
    """The board."""

    def __init__(self, speech: Speech, appliance: Appliance) -> None:
        self.type = speech.type
        self._speech = speech
        self._appliance = appliance
        self._obeying = False
        self._said: Notices = {}

    def answer(self, data: bytes) -> bytes | None:
        """Do what a frame asks and return the answer; None when the board stays silent. Raises Unreadable."""
        asked = decode(data, numbered=self._speech.numbered)
        body = self._body(asked) if asked.appliance == self.type else None
        return None if body is None else self._frame(asked.kind, body, asked.number)

    def listen(self, send: Callable[[bytes], None]) -> Callable[[], None]:
        """Pass on the frames it says unasked from now on; return what ends it."""
        self._said = self._speech.notices()

        def notice(notice: Notice) -> None:
            if isinstance(notice, Changed) and not self._obeying:
                self._tell(send)

        return self._appliance.listen(notice)

    def _tell(self, send: Callable[[bytes], None]) -> None:
        before, self._said = self._said, self._speech.notices()
        for name, told in self._said.items():
            if name not in before or before[name].news != told.news:
                send(self._frame(FrameKind.MEASURED, told.body, 0))

    def _body(self, asked: Frame) -> bytes | None:
        if asked.kind == FrameKind.QUERY:
            return self._speech.ask(asked.body)
        if asked.kind == FrameKind.SET:
            return self._obey(asked.body)
        return IDENTITY if asked.kind == FrameKind.WHAT_ARE_YOU else None

    def _obey(self, body: bytes) -> bytes | None:
        self._obeying = not self._speech.silent
        try:
            return self._speech.obey(body)
        finally:
            if self._obeying:
                self._obeying, self._said = False, self._speech.notices()

    def _frame(self, kind: int, body: bytes, number: int) -> bytes:
        frame = Frame(self.type, kind, body, number, self._speech.version)
        return encode(frame, numbered=self._speech.numbered)
