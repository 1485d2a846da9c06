"""DTLS with pre-shared keys (RFC 7252 section 9.1.3.1), for clients that have no OSCORE: a datagram socket that only lets clients in.

Nothing is kept of an address before it has shown, by repeating a cookie, that it receives what is sent to it: one connection
stands in for everybody unknown, and only a good cookie makes it somebody's own. Sessions are bounded, few of them may be
half open, the idle are forgotten, and a client that is put out loses its own at once. Handshakes are repeated by the client:
no timer runs here. The library underneath (Mbed TLS) does the cryptography and the records, in memory.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import ExtraMissing
from gateway.protocol.coap.guard import Guard
from gateway.protocol.coap.keys import SharedKeys
from gateway.protocol.coap.udp import Address, DatagramSocket
from gateway.protocol.restraint import Verdict
from gateway.thing.clock import Clock

try:
    from mbedtls import tls
    from mbedtls.exceptions import TLSError
except ImportError as error:
    raise ExtraMissing("CoAP over DTLS needs the extra `dtls`: pip install 'hulian[dtls]'") from error

SESSIONS, HALF_OPEN = 64, 16
"""Sessions kept, and how many of them may still be shaking hands; each weighs about 100 kB."""
IDLE, HANDSHAKE = 900.0, 20.0
"""Seconds without a datagram after which a session, or a handshake, is forgotten."""
CIPHERS: Final = ("TLS-PSK-WITH-AES-128-CCM-8", "TLS-PSK-WITH-AES-128-GCM-SHA256")
"""The first is the one every CoAP client must have. None with an exchange of Diffie and Hellman: it would cost ten milliseconds of
the loop for whoever asks, and OSCORE keeps nothing recorded closed after its key is lost either."""
_RECORD, _HANDSHAKE, _CLIENT_HELLO, _STEPS = 13, 22, 1, 64
_LARGEST = 1 << 14


class _Names(Mapping[str, bytes]):
    """What the library asks for a key; remembers which name was asked for.

    Somebody nobody knows gets a key nobody has, so that from outside a wrong name looks like a wrong key.
    """

    def __init__(self, keys: SharedKeys) -> None:
        self._keys = keys
        self.asked = ""

    def __getitem__(self, name: str) -> bytes:
        key = self._keys.shared_key(name)
        self.asked = name if key else ""
        return key or secrets.token_bytes(16)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(slots=True)
class Session:
    """One peer's connection. `identity` is empty until the handshake is over; `at`: monotonic seconds of the last datagram."""

    connection: Any
    at: float
    identity: str = ""
    name: str = ""


class DtlsSocket:
    """Stands for a DatagramSocket: `receive` gets what was decrypted; `failed` hears of peers that are gone."""

    def __init__(
        self,
        keys: SharedKeys,
        receive: Callable[[Address, bytes], None],
        failed: Callable[[Address, OSError], None],
        *,
        guard: Guard,
        clock: Clock,
    ) -> None:
        self._names = _Names(keys)
        configuration = tls.DTLSConfiguration(
            validate_certificates=False,  # there are none: both sides show that they have the key
            ciphers=CIPHERS,
            lowest_supported_version=tls.DTLSVersion.DTLSv1_2,
            pre_shared_key_store=self._names,
        )
        self._context = tls.ServerContext(configuration)
        self._lobby: Any = self._context.wrap_buffers()
        self._receive = receive
        self._failed = failed
        self._guard = guard
        self._clock = clock
        self._sessions: OrderedDict[Address, Session] = OrderedDict()
        self._socket = DatagramSocket(self._arrived, failed, size=guard.limits.size)

    def __len__(self) -> int:
        return len(self._sessions)

    def open(self, host: str, port: int) -> int:
        """Bind to one address and return the port; raise PortTaken or ConfigurationInvalid."""
        return self._socket.open(host, port)

    def close(self) -> None:
        """Say goodbye to every session and stop."""
        for address, session in self._sessions.items():
            self._goodbye(address, session)
        self._sessions.clear()
        self._socket.close()

    def identity(self, address: Address) -> str:
        """Return whose session the address has, empty for nobody's."""
        session = self._sessions.get(address)
        return "" if session is None else session.identity

    def send(self, datagram: bytes, address: Address) -> None:
        """Send to somebody who has a session; to anybody else nothing goes."""
        session = self._sessions.get(address)
        if session is None or not session.identity:
            return
        try:
            session.connection.write(datagram)
        except (TLSError, tls.WantReadError, tls.WantWriteError):
            self._end(address)
            return
        self._flush(session.connection, address)

    def cut(self, identity: str) -> None:
        """End the sessions of a client that was put out."""
        for address in [address for address, session in self._sessions.items() if identity in (session.identity, session.name)]:
            self._end(address)

    def _arrived(self, address: Address, datagram: bytes) -> None:
        if self._guard.admit(address[0], len(datagram)) is not Verdict.ADMIT:
            return
        if not _is_record(datagram):
            self._guard.drop(address[0], "not DTLS")
            return
        session = self._sessions.get(address)
        if session is None or (session.identity and _is_first(datagram)):
            self._greet(address, datagram)
        else:
            self._take(address, session, datagram)

    def _greet(self, address: Address, datagram: bytes) -> None:
        """Answer a first hello with a cookie, and one that brings it back with a session."""
        if not _is_first(datagram):
            self._guard.drop(address[0], "no DTLS session")
            return
        connection = self._lobby
        connection.setcookieparam(f"{address[0]}:{address[1]}".encode())
        connection.receive_from_network(datagram)
        outcome = self._shake(connection, address)
        if outcome is not None or connection._handshake_state is tls.HandshakeStep.HELLO_REQUEST:  # noqa: SLF001 - the library has no other word for it
            connection.consume_outgoing(len(connection.peek_outgoing(_LARGEST)))
            connection._reset()  # noqa: SLF001 - likewise
            return
        self._lobby = self._context.wrap_buffers()
        self._forget_old()
        if address in self._sessions:
            self._end(address, silently=True)
        self._make_room()
        self._sessions[address] = Session(connection, self._clock.monotonic())

    def _take(self, address: Address, session: Session, datagram: bytes) -> None:
        session.at = self._clock.monotonic()
        self._sessions.move_to_end(address)
        session.connection.receive_from_network(datagram)
        if not session.identity and not self._shaken(address, session):
            return
        try:
            while plain := session.connection.read(_LARGEST):
                self._guard.know(address[0])
                self._receive(address, plain)
                if self._sessions.get(address) is not session:
                    return
        except tls.WantReadError:
            self._flush(session.connection, address)
        except (TLSError, tls.RaggedEOF):  # it has said goodbye, or something impossible
            self._end(address, silently=True)

    def _shaken(self, address: Address, session: Session) -> bool:
        """Go on with a handshake; return whether it is over and application data may follow."""
        self._names.asked = session.name
        error = self._shake(session.connection, address)
        session.name = self._names.asked
        if error is not None:
            self._guard.drop(address[0], "DTLS handshake failed")
            self._guard.turn_away(address[0])
            self._end(address, silently=True)
            return False
        if session.connection._handshake_state is not tls.HandshakeStep.HANDSHAKE_OVER:  # noqa: SLF001 - likewise
            return False
        session.identity = session.name
        return True

    def _shake(self, connection: Any, address: Address) -> Exception | None:
        """Take the steps of a handshake that can be taken now; return what ended it, None while nothing did."""
        try:
            for _ in range(_STEPS):
                if connection._handshake_state is tls.HandshakeStep.HANDSHAKE_OVER:  # noqa: SLF001 - likewise
                    break
                try:
                    connection.do_handshake()
                except tls.WantWriteError:
                    self._flush(connection, address)
        except tls.WantReadError:
            return None
        except (TLSError, tls.HelloVerifyRequest, tls.RaggedEOF) as error:
            self._flush(connection, address)
            return error
        finally:
            self._flush(connection, address)
        return None

    def _flush(self, connection: Any, address: Address) -> None:
        out: bytes = connection.peek_outgoing(_LARGEST)
        if out:
            connection.consume_outgoing(len(out))
            self._socket.send(out, address)

    def _forget_old(self) -> None:
        now = self._clock.monotonic()
        for address, session in list(self._sessions.items()):
            if now - session.at > (IDLE if session.identity else HANDSHAKE):
                self._end(address)

    def _make_room(self) -> None:
        """Let one more begin: among the half open, and when there are too many, the one heard of longest ago must go."""
        half_open = [address for address, session in self._sessions.items() if not session.identity]
        if len(half_open) >= HALF_OPEN:
            self._end(half_open[0], silently=True)
        if len(self._sessions) >= SESSIONS:
            self._end(next(iter(self._sessions)))

    def _end(self, address: Address, *, silently: bool = False) -> None:
        session = self._sessions[address]
        if session.identity:
            self._failed(address, ConnectionResetError("the DTLS session has ended"))
        del self._sessions[address]
        if not silently:
            self._goodbye(address, session)

    def _goodbye(self, address: Address, session: Session) -> None:
        if not session.identity:
            return
        with suppress(TLSError, tls.WantReadError, tls.WantWriteError):
            session.connection.shutdown()
        self._flush(session.connection, address)


def _is_record(datagram: bytes) -> bool:
    """Return whether this can be DTLS: the content types there are, and a version that is 1.something."""
    return len(datagram) > _RECORD and 20 <= datagram[0] <= 23 and datagram[1] == 0xFE  # noqa: PLR2004 - RFC 6347 section 4.1


def _is_first(datagram: bytes) -> bool:
    """Return whether a record begins a handshake: a hello of epoch 0."""
    return datagram[0] == _HANDSHAKE and datagram[3:5] == b"\0\0" and datagram[_RECORD] == _CLIENT_HELLO
