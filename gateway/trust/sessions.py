"""Clients on their way in: few at once, each for a minute, and each from the one address it began at.

When the table is full, the oldest that has shown nothing yet makes room. Anybody can begin a session, with one datagram and under
any address; were it the newest who waits, eight datagrams a minute would keep an owner's guests out for as long as somebody likes.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from gateway.errors import RateExceeded, Unauthenticated
from gateway.thing.clock import Clock
from gateway.trust.channel import Channel
from gateway.trust.edhoc import Responder
from gateway.trust.pin import PinKeys
from gateway.trust.window import Means, Window

LIMIT: Final = 24
"""More than the doorbell lets in within a second: time enough to show the PIN while others begin and show nothing."""
LIFE: Final = 60.0
"""Seconds from the first message, and again from the one that let the client in."""
OF_ONE_HOST: Final = 2


@dataclass(slots=True)
class Session:
    """One client on its way in.

    `window`: the one it began in; `host`: where it came from; `replies`: what was answered, by message, for those that come
    again because the answer was lost; `done`: the client is in.
    """

    means: Means
    host: str
    window: str
    until: float
    keys: PinKeys | None = None
    responder: Responder | None = None
    channel: Channel | None = None
    replies: dict[bytes, Any] = field(default_factory=dict)
    done: bool = False


class Sessions:
    """The sessions by connection: what the client calls its session."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._sessions: dict[bytes, Session] = {}

    def __contains__(self, connection: object) -> bool:
        return connection in self._sessions

    def make_room(self, host: str) -> None:
        """Forget what is too old, the older ones of `host`, and of a full table the oldest; raise RateExceeded when all showed a secret."""
        now = self._clock.monotonic()
        self._sessions = {key: session for key, session in self._sessions.items() if session.until > now}
        mine = [key for key, session in self._sessions.items() if session.host == host and not session.done]
        for key in mine[: 1 - OF_ONE_HOST]:
            del self._sessions[key]
        if len(self._sessions) >= LIMIT:
            oldest = next((key for key, session in self._sessions.items() if session.channel is None), None)
            if oldest is None:
                raise RateExceeded("others are pairing at this moment: try again in a minute", wait=10)
            del self._sessions[oldest]

    def begin(self, connection: bytes, means: Means, host: str, window: Window, responder: Responder | None = None) -> Session:
        """Return a new session; there was room for it."""
        session = self._sessions[connection] = Session(means, host, window.id, self._clock.monotonic() + LIFE, responder=responder)
        return session

    def find(self, connection: bytes, host: str, means: Means | None = None) -> Session:
        """Return a session that still lives, for the address it began at; raise Unauthenticated."""
        session = self._sessions.get(connection)
        if session is None or session.until <= self._clock.monotonic() or session.host != host or means not in (None, session.means):
            raise Unauthenticated("there is no such pairing session, or no longer: begin again")
        return session

    def drop(self, connection: bytes) -> None:
        """End a session, if it is there."""
        self._sessions.pop(connection, None)

    def prolong(self, session: Session) -> None:
        """Let a session live for as long again, so that its last answer can be asked for."""
        session.until = self._clock.monotonic() + LIFE
