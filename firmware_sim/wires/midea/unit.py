"""Frame in, frames out: everything a unit says, without any socket.

A query it does not know it leaves unanswered, as real ones do. A notice (A0 when a setting changed at the unit itself, A1 when the
temperatures moved) goes to whoever is connected; a change that a set command made is in that command's answer and is not announced again.
"""

from collections.abc import Callable

from firmware_sim.appliance import Appliance
from firmware_sim.notice import Changed, Notice
from firmware_sim.wires.midea import abilities, answers
from firmware_sim.wires.midea.board import WHOLE, Board
from firmware_sim.wires.midea.fault import Unreadable
from firmware_sim.wires.midea.frame import Frame, FrameKind
from firmware_sim.wires.midea.settings import SET, Settings, changed, read_set, status
from firmware_sim.wires.midea.speaking import IDENTITY

AIR_CONDITIONER = 0xAC
QUERY, MORE = 0x41, 1
SOUND, BUZZER, SELF_CLEAN, AIR_HUMIDITY, LOUVRE = 0x022C, 0x001A, 0x0039, 0x0015, 0x0009
ROOM_STEP = 0.5
"""How far the room's temperature moves (K) before the unit tells of it unasked."""


class Unit:
    """One air conditioner's board behind its network module."""

    def __init__(self, appliance: Appliance, quirks: frozenset[str] = frozenset()) -> None:
        self.board = Board(appliance, quirks)
        self._appliance = appliance
        self._halves = WHOLE not in quirks
        self._sound = True
        self._obeying = False
        self._told: Settings | None = None
        self._told_room: float | None = None

    def answer(self, asked: Frame) -> Frame | None:
        """Do what a frame asks and return the answer; None when the unit stays silent. Raises Unreadable."""
        if asked.appliance != AIR_CONDITIONER:
            return None
        body = self._body(asked)
        return None if body is None else Frame(AIR_CONDITIONER, asked.kind, body, asked.number)

    def listen(self, send: Callable[[Frame], None]) -> Callable[[], None]:
        """Pass on what the unit says unasked from now on; return what ends it."""
        self._told, self._told_room = self.board.settings(), self.board.readings().room

        def notice(notice: Notice) -> None:
            if isinstance(notice, Changed) and not self._obeying:
                for frame in self._news():
                    send(frame)

        return self._appliance.listen(notice)

    def _news(self) -> list[Frame]:
        news = []
        settings, readings = self.board.settings(), self.board.readings()
        if settings != self._told:
            self._told = settings
            news.append(Frame(AIR_CONDITIONER, FrameKind.CHANGED, changed(settings)))
        if readings.room is not None and (self._told_room is None or abs(readings.room - self._told_room) >= ROOM_STEP):
            self._told_room = readings.room
            news.append(Frame(AIR_CONDITIONER, FrameKind.MEASURED, answers.notice(readings)))
        return news

    def _body(self, asked: Frame) -> bytes | None:
        if asked.kind == FrameKind.SET:
            return self._set(asked.body[0], asked.body)
        if asked.kind == FrameKind.QUERY:
            return self._query(asked.body[0], asked.body)
        return IDENTITY if asked.kind == FrameKind.WHAT_ARE_YOU else None

    def _query(self, first: int, body: bytes) -> bytes | None:
        if first == QUERY and body.startswith(answers.GROUP_QUERY):
            return answers.group(body[3] & 0x0F, self.board.readings()) if len(body) > len(answers.GROUP_QUERY) else None
        if first == QUERY:
            return self._status(body)
        if first == answers.CAPABILITIES:
            return self._capabilities(body)
        if first == answers.PROPERTIES:
            return answers.properties(first, answers.known(answers.asked_properties(body), self._properties()))
        return None

    def _set(self, first: int, body: bytes) -> bytes | None:
        if first == SET:
            self._obey(read_set(body))
            return self._state()
        if first == answers.PROPERTIES_SET:
            return self._set_properties(body)
        return None

    def _obey(self, wanted: Settings) -> None:
        self._obeying = True
        try:
            self.board.apply(wanted)
        finally:
            self._obeying = False
            self._told = self.board.settings()

    def _status(self, body: bytes) -> bytes:
        if len(body) > 6 and not body[1] & 0x80 and body[4] == body[6] == 2:  # noqa: PLR2004 - the query that switches the display
            self.board.display = not self.board.display
        return self._state()

    def _state(self) -> bytes:
        return status(self.board.settings(), self.board.sensors())

    def _capabilities(self, body: bytes) -> bytes:
        if len(body) < 3:  # noqa: PLR2004 - B5 01 and which part
            raise Unreadable("a capabilities query is cut short")
        if body[2] == MORE:
            return answers.capabilities(abilities.more_entries(self._appliance, halves=self._halves), more=False)
        return answers.capabilities(abilities.first_entries(self._appliance), more=True)

    def _properties(self) -> dict[int, bytes]:
        readings = self.board.readings()
        cleaning = self._appliance.values().get("operatingState") == "drying-coil"
        return {
            SOUND: bytes([self._sound]),
            BUZZER: bytes([self._sound]),
            SELF_CLEAN: bytes([cleaning]),
            AIR_HUMIDITY: bytes([min(max(round(readings.humidity or 0), 0), 100)]),
            LOUVRE: b"\x32" if readings.swinging else b"\x00",
        }

    def _set_properties(self, body: bytes) -> bytes:
        wanted = dict(answers.set_properties(body))
        for number, value in wanted.items():
            if number == SOUND and value:
                self._sound = bool(value[0])
            elif number == SELF_CLEAN and value:
                self.board.self_clean(bool(value[0]))
        return answers.properties(answers.PROPERTIES_SET, answers.known(wanted, self._properties()))
