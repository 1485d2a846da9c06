"""Pairing by QR: EDHOC (RFC 9528), method 3 (static Diffie-Hellman both ways), cipher suite 2 (P-256, AES-CCM-16-64-128).

The hub answers and proves the key that the QR code named; the client brings a fresh key of its own, by value, so that the one who
began is the one who goes on. That lets nobody in: the one-time code does, said under the keys EDHOC exports for OSCORE.

The library underneath (lakers) is Rust and gives up in a panic on some malformed messages; every call of it is guarded, and what
arrives is first measured here.
"""

import hashlib
from dataclasses import dataclass, field
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final

import cbor2

from gateway.errors import BadSyntax, ExtraMissing
from gateway.trust.channel import Channel
from gateway.trust.extra import INSTALL

_SECRET_LABEL, _SALT_LABEL = 0, 1
"""What EDHOC exports for OSCORE (RFC 9528 appendix A.1)."""
_SECRET_BYTES, _SALT_BYTES = 16, 8
_HUB_KEY_ID, _CLIENT_KEY_ID = b"\x00", b"\x01"
_COORDINATE: Final = 32
_COORDINATE_HEAD: Final = b"\x58\x20"
_SUITES_END = 16
_SHORTEST, _LONGEST = 8, 512
_OPENING: Final = b"\xf5"
"""CBOR true stands before message 1 (RFC 9528 appendix A.2)."""
CONNECTIONS: Final = tuple(bytes([each]) for each in (*range(0x18), *range(0x20, 0x38)))
"""The connection identifiers of one byte: small CBOR integers."""


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A P-256 key. `private`: 32 bytes; `x`, `y`: the public point."""

    private: bytes = field(repr=False)
    x: bytes
    y: bytes

    @property
    def compressed(self) -> bytes:
        """Return the public key in 33 bytes."""
        return bytes([2 + (self.y[-1] & 1)]) + self.x


def new_key() -> KeyPair:
    """Return a fresh key; raise ExtraMissing without the cryptography library."""
    curve, keys = _curve()
    return _pair(keys.generate_private_key(curve))


def key_of(private: bytes) -> KeyPair:
    """Return the key pair of 32 private bytes."""
    curve, keys = _curve()
    return _pair(keys.derive_private_key(int.from_bytes(private), curve))


def is_available() -> bool:
    """Return whether pairing by QR is possible here."""
    return find_spec("lakers") is not None


class _Guard:
    """Turns whatever the library gives up with, a Rust panic too, into BadSyntax."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is not None and (
            issubclass(kind, ValueError | RuntimeError | TypeError | OverflowError) or kind.__name__ == "PanicException"
        ):
            raise BadSyntax("this is no message of this key exchange") from error


class Responder:
    """The hub's end of one exchange; used once. `connection`: one of CONNECTIONS that no other exchange has now."""

    def __init__(self, key: KeyPair, gateway: str, connection: bytes) -> None:
        lakers = _lakers()
        self.connection = connection
        self._gateway = gateway
        self._transfer = lakers.CredentialTransfer.ByReference
        self._run = lakers.EdhocResponder(key.private, _credential(key.x, key.y, _HUB_KEY_ID, gateway))
        self._said = b""

    def answer(self, opening: bytes) -> bytes:
        """Return message 2 for an opening (true and message 1); raise BadSyntax."""
        if opening[:1] != _OPENING:
            raise BadSyntax("an exchange begins with message 1")
        _check_ephemeral(opening)
        with _Guard():
            theirs, extra = self._run.process_message_1(opening[1:])
            if bytes(theirs) == self.connection or any(item.is_critical() for item in extra):
                raise BadSyntax("begin again: this connection identifier is in use, or more is asked than there is")
            answer = bytes(self._run.prepare_message_2(self._transfer, self.connection, None))
        self._said = opening + answer
        return answer

    def conclude(self, message: bytes) -> tuple[bytes, Channel]:
        """Return message 4 for message 3, and the line that both ends now have; raise BadSyntax."""
        _check_shape(message)
        with _Guard():
            identity, extra = self._run.parse_message_3(message)
            if any(item.is_critical() for item in extra):
                raise BadSyntax("more is asked than there is")
            self._run.verify_message_3(_client_credential(bytes(identity)))
            last = bytes(self._run.prepare_message_4())
            channel = _channel(self._run, self._said + message, self.connection, hub=True)
        return last, channel


class Initiator:
    """The client's end of one exchange with the hub whose compressed key the QR code named."""

    def __init__(self, hub: bytes, gateway: str) -> None:
        lakers = _lakers()
        self._key = new_key()
        self._hub = _credential(*_point(hub), _HUB_KEY_ID, gateway)
        self._transfer = lakers.CredentialTransfer.ByValue
        self._run = lakers.EdhocInitiator()
        self.opening = _OPENING + bytes(self._run.prepare_message_1(CONNECTIONS[-1], None))
        self.connection = b""
        self._said = b""

    def follow(self, answer: bytes) -> bytes:
        """Return connection and message 3 for message 2; raise BadSyntax when it does not come from the key of the QR code."""
        with _Guard():
            theirs, _, extra = self._run.parse_message_2(answer)
            if any(item.is_critical() for item in extra):
                raise BadSyntax("more is asked than there is")
            self._run.verify_message_2(self._key.private, _credential(self._key.x, self._key.y, _CLIENT_KEY_ID, ""), self._hub)
            message, _ = self._run.prepare_message_3(self._transfer, None)
        self.connection = bytes(theirs)
        self._said = self.opening + answer + bytes(message)
        return self.connection + bytes(message)

    def conclude(self, last: bytes) -> Channel:
        """Return the line that both ends now have, after message 4."""
        with _Guard():
            self._run.process_message_4(last)
            return _channel(self._run, self._said, self.connection, hub=False)


def _channel(run: Any, said: bytes, connection: bytes, *, hub: bool) -> Channel:
    secret = bytes(run.edhoc_exporter(_SECRET_LABEL, b"", _SECRET_BYTES)) + bytes(run.edhoc_exporter(_SALT_LABEL, b"", _SALT_BYTES))
    return Channel(secret, hashlib.sha256(said).digest(), connection, hub=hub)


def _check_ephemeral(opening: bytes) -> None:
    """Refuse an ephemeral key that is no point of the curve: the library would panic. It stands after true, method and suites."""
    at = opening.find(_COORDINATE_HEAD, 3, _SUITES_END)
    if at < 0:
        raise BadSyntax("message 1 has no ephemeral key where it should")
    _point(b"\x02" + opening[at + len(_COORDINATE_HEAD) :][:_COORDINATE])


def _check_shape(message: bytes) -> None:
    """Refuse what is not one CBOR byte string, and nothing else, of a plausible length: the library would panic."""
    if not _SHORTEST <= len(message) <= _LONGEST:
        raise BadSyntax("message 3 is too short or too long")
    head = cbor2.dumps(bytes(len(message) - (2 if len(message) < 258 else 3)))  # noqa: PLR2004 - a head of two bytes, or of three
    if message[: 2 if len(message) < 258 else 3] != head[: 2 if len(message) < 258 else 3]:  # noqa: PLR2004
        raise BadSyntax("message 3 is not one byte string")


def _credential(x: bytes, y: bytes, key_id: bytes, subject: str) -> bytes:
    """Return a public key as a CWT claims set (RFC 8392, 8747), byte for byte as the other end will make it."""
    return cbor2.dumps({2: subject, 8: {1: {1: 2, 2: key_id, -1: 1, -2: x, -3: y}}}, canonical=True)


def _client_credential(identity: bytes) -> bytes:
    """Return the credential that ID_CRED_I brings by value (`{14: credential}`); raise BadSyntax for any other form."""
    blank = _credential(bytes(_COORDINATE), bytes(_COORDINATE), _CLIENT_KEY_ID, "")
    credential = identity[2:]
    if identity[:2] != b"\xa1\x0e" or len(credential) != len(blank):
        raise BadSyntax("the client brings its key by value, as a CWT claims set")
    at_y = len(blank) - _COORDINATE
    at_x = at_y - 3 - _COORDINATE  # the key -3 and the head of y stand between
    x, y = credential[at_x : at_x + _COORDINATE], credential[at_y:]
    if credential != _credential(x, y, _CLIENT_KEY_ID, ""):
        raise BadSyntax("the client brings its key by value, as a CWT claims set")
    _point(b"\x04" + x + y)
    return credential


def _point(encoded: bytes) -> tuple[bytes, bytes]:
    curve, keys = _curve()
    try:
        numbers = keys.EllipticCurvePublicKey.from_encoded_point(curve, encoded).public_numbers()
    except ValueError as error:
        raise BadSyntax("this is no point of P-256") from error
    return numbers.x.to_bytes(_COORDINATE), numbers.y.to_bytes(_COORDINATE)


def _pair(key: Any) -> KeyPair:
    numbers = key.private_numbers()
    public = numbers.public_numbers
    return KeyPair(numbers.private_value.to_bytes(_COORDINATE), public.x.to_bytes(_COORDINATE), public.y.to_bytes(_COORDINATE))


def _curve() -> tuple[Any, Any]:
    try:
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissing(f"pairing needs the cryptography library: {INSTALL}") from error
    return ec.SECP256R1(), ec


def _lakers() -> Any:
    try:
        import lakers  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise ExtraMissing("pairing by QR needs the lakers library: pip install 'hulian[edhoc]', on x86-64 and aarch64") from error
    return lakers
