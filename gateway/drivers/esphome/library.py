"""The one module that knows the library (`aioesphomeapi`), imported when the first node is opened: a hub without nodes does without it.

Of the library the connection is used, and no more: it is handed a socket that is connected already, so it looks up no names and opens no
mDNS of its own; it does not come back by itself, for that is the supervisor's. Its log is silenced: what went wrong is raised.
"""

import logging
import math
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any, Final, cast

from gateway.drivers.esphome.message import DIGITS, ENTITY, KEY, Message
from gateway.errors import DeviceFailure, ExtraMissing, HulianError, Offline, TimedOut, Unauthenticated, WireError

KEEP_ALIVE: Final = 60.0
"""Seconds after which a node that says nothing is asked whether it lives."""
_GARBLED: Final = "the node says what cannot be read"
_KEY: Final = "`hulian credentials import esphome:{key}` with the key under `api: encryption: key:` of the node's configuration"
_REFUSALS: Final[tuple[tuple[str, type[HulianError], str], ...]] = (
    ("InvalidEncryptionKeyAPIError", Unauthenticated, f"the node refuses its encryption key: bring the right one, {_KEY}"),
    ("RequiresEncryptionAPIError", Unauthenticated, f"the node asks for an encryption key: {_KEY}"),
    (
        "EncryptionPlaintextAPIError",
        DeviceFailure,
        "the node speaks in clear, though a key is kept for it here: was its `api: encryption:` removed? Remove it here, accept it anew",
    ),
    ("EncryptionHelloAPIError", Offline, "the node breaks off at the first word: it has just begun to start, or knows no encryption"),
    (
        "InvalidAuthAPIError",
        Unauthenticated,
        "the node refuses its password: `hulian credentials import esphome:{key}` with `api: password:` of its configuration",
    ),
    ("BadMACAddressAPIError", Offline, "another node lives at this address now"),
    ("TimeoutAPIError", TimedOut, "the node did not answer"),
    ("ProtocolAPIError", Offline, _GARBLED),
    ("HandshakeAPIError", Offline, "the node broke off the handshake"),
)
"""The library's errors, the narrower ones first, to ours and what to do. An error of another name is Offline with its own words."""


@dataclass(frozen=True, slots=True)
class _Library:
    """What is used of it."""

    connection: Any
    parameters: Any
    names: Any
    error: type[Exception]
    undecodable: type[Exception]
    messages: Mapping[int, Any]


@cache
def _library() -> _Library:
    try:
        connection = import_module("aioesphomeapi.connection")
        core = import_module("aioesphomeapi.core")
        names = import_module("aioesphomeapi.zeroconf")
        decoding = import_module("google.protobuf.message")
    except ModuleNotFoundError as error:
        raise ExtraMissing("ESPHome nodes need the 'esphome' extra: pip install 'hulian[esphome]'") from error
    logging.getLogger("aioesphomeapi").setLevel(logging.CRITICAL + 1)
    return _Library(
        connection.APIConnection,
        connection.ConnectionParams,
        names.ZeroconfManager,
        core.APIConnectionError,
        decoding.DecodeError,
        core.MESSAGE_TYPE_TO_PROTO,
    )


def load() -> None:
    """Import the library, which takes a while: call it in a thread. Raise ExtraMissing when it is not installed."""
    _types()


@cache
def _types() -> Mapping[str, Any]:
    return {kind.__name__: kind for kind in _library().messages.values()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """What opens a node: the key of its API in base64, the password that nodes had until 2026; "" for none."""

    key: str = ""
    password: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A connection of the library's. `may_read(bytes)` is asked before a message is read; `take` gets it, `end` why all is over."""

    host: str
    port: int
    secrets: Secrets
    mac: str
    may_read: Callable[[int], bool]
    take: Callable[[Message], None]
    end: Callable[[HulianError], None]


class Api:
    """An open API connection on a connected socket, which is the library's from then on."""

    def __init__(self, plug: socket.socket, line: Line) -> None:
        library = _library()
        parameters = library.parameters(
            addresses=[line.host],
            port=line.port,
            password=line.secrets.password or None,
            client_info="hulian",
            keepalive=KEEP_ALIVE,
            zeroconf_manager=library.names(),
            noise_psk=line.secrets.key or None,
            expected_name=None,
            expected_mac=line.mac or None,
            provide_time=False,
        )
        self._line = line
        self._connection = _guarded()(parameters, self._stopped, False, line.host, log_errors=False)
        self._connection.may_read = line.may_read
        with _raised(line):
            self._connection.start_connection_from_socket(plug)

    async def begin(self) -> None:
        """Shake hands and say hello; raise Unauthenticated, DeviceFailure, Offline or TimedOut."""
        self._connection.add_message_callback(self._heard, tuple(_types().values()))  # some nodes ask for the time at once
        with _raised(self._line):
            await self._connection.finish_connection(login=True)

    def say(self, message: Message) -> None:
        """Send a message; raise Offline when the connection is over."""
        with _raised(self._line):
            self._connection.send_message(_written(message))

    def end(self) -> None:
        """Close the connection at once, with a goodbye where there is time for one."""
        self._connection.on_stop = None
        self._connection.force_disconnect()

    def _heard(self, said: Any) -> None:
        self._line.take(_read(said))

    def _stopped(self, expected: bool) -> None:
        failure = self._connection.fatal_exception
        self._line.end(Offline("the node said goodbye") if expected or failure is None else translated(failure, self._line.mac))


def identity_in(error: BaseException) -> tuple[str, str]:
    """Return the name and MAC that a node told before it refused the key, "" for what it did not tell."""
    cause = error.__cause__
    return str(getattr(cause, "received_name", None) or ""), str(getattr(cause, "received_mac", None) or "")


def translated(error: Exception, key: str) -> HulianError:
    """Return what an error of the library means here; `key`: what the node is called in commands."""
    ancestors = {kind.__name__ for kind in type(error).__mro__}
    for name, ours, words in _REFUSALS:
        if name in ancestors:
            return ours(words.replace("{key}", key))
    return Offline(f"the node cannot be reached: {_shortened(error)}")


class _raised:  # noqa: N801 - a context manager
    """Raise ours for the library's."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, Exception) and isinstance(error, _library().error):
            raise translated(error, self._line.mac) from error


@cache
def _guarded() -> Any:
    """Return the library's connection with a door: how much is read is asked first, and what cannot be read ends it without a trace."""
    library = _library()

    class Guarded(library.connection):  # type: ignore[name-defined,misc]
        may_read: Callable[[int], bool]

        def process_packet(self, number: int, data: bytes) -> None:
            if not self.may_read(len(data)):
                return
            try:
                super().process_packet(number, data)
            except library.undecodable as error:
                self.report_fatal_error(WireError(f"{_GARBLED}: {_shortened(error)}"))

    return Guarded


def _read(said: Any) -> Message:
    fields = {name: _value(getattr(said, name), kind) for name, kind in _fields(cast("Any", type(said)))}
    if KEY in fields:
        fields[ENTITY] = fields.pop(KEY)
    return Message(type(said).__name__, fields)


@cache
def _fields(kind: Any) -> tuple[tuple[str, str], ...]:
    return tuple((field.name, _kind(field)) for field in kind.DESCRIPTOR.fields)


def _kind(field: Any) -> str:
    if field.message_type is not None:
        return "message" if not field.is_repeated else "messages"
    plain = "float" if field.cpp_type == field.CPPTYPE_FLOAT else ""
    return plain if not field.is_repeated else "list"


def _value(value: Any, kind: str) -> Any:
    if kind == "float":
        return float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None
    if kind == "list":
        return list(value)
    if kind == "messages":
        return [dict(_read(each).fields) for each in value]
    return dict(_read(value).fields) if kind == "message" else value


def _written(message: Message) -> Any:
    made = _types()[message.kind]()
    for name, value in message.fields.items():
        field = KEY if name == ENTITY else name
        if not isinstance(value, list):
            setattr(made, field, value)
        elif value and isinstance(value[0], Mapping):
            for each in value:
                _fill(getattr(made, field).add(), each)
        else:
            getattr(made, field).extend(value)
    return made


def _fill(made: Any, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        getattr(made, name).extend(value) if isinstance(value, list) else setattr(made, name, value)


def _shortened(error: Exception) -> str:
    return "".join(filter(str.isprintable, str(error)))[:160]


__all__ = ["Api", "Line", "Secrets", "identity_in", "load", "translated"]
