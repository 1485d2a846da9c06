"""One error tree, and one table that says how each error looks on every wire.

    HulianError
    ├── CommandError           a request that could not be done; each has a code of the profile's error table
    │   ├── BadSyntax Unauthenticated Forbidden Unknown ReadOnly NotAcceptable BadFormat StateConflict
    │   ├── Precondition TooLarge SchemaViolation RateExceeded DeviceFailure Offline TimedOut
    │   └── Expired Superseded NeedsConfirmation
    ├── SetupError             the program cannot start or go on; exit code 2 and a text that says what to do
    │   ├── ConfigurationInvalid PortTaken BrokerUnavailable NotRunning ExtraMissing StorageDamaged
    │   └── ProfileInvalid     a profile file with a mistake: path, line, what to do
    ├── StorageFailed          the disk is full or failing: nothing of this write was kept
    ├── LinkDown               the MQTT link is not up at this moment; the caller tries again later
    └── WireError              bytes from the outside that cannot be understood; dropped and counted

The object that travels is the one of RFC 9457: `{"code", "title", "detail", "constraint"?, "property"?}`.
"""

from dataclasses import dataclass
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True)
class WireCode:
    """How one error looks on the wires: CoAP `(class, detail)`, MQTT 5 reason code, HTTP status."""

    coap: tuple[int, int]
    mqtt: int
    http: int


class HulianError(Exception):
    """Base of every error raised on purpose."""


class CommandError(HulianError):
    """A request that could not be done; carries what the error object needs."""

    code: ClassVar[str] = "device-error"
    title: ClassVar[str] = "The request failed"

    def __init__(self, detail: str = "", *, constraint: str | None = None, property: str | None = None, **extra: Any) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.constraint = constraint
        self.property = property
        self.extra = extra

    def document(self) -> dict[str, Any]:
        """Return the error object as it travels on every wire."""
        body: dict[str, Any] = {"code": self.code, "title": self.title, "detail": self.detail}
        if self.constraint is not None:
            body["constraint"] = self.constraint
        if self.property is not None:
            body["property"] = self.property
        return body | self.extra


class BadSyntax(CommandError):
    """The payload is not JSON, not CBOR, or not the expected shape of either."""

    code = "bad-syntax"
    title = "Payload cannot be read"


class Unauthenticated(CommandError):
    """No credential, or one that is not valid."""

    code = "unauthenticated"
    title = "Credential missing or not valid"


class Forbidden(CommandError):
    """The principal's role does not allow it, or nobody may do it remotely (danger 3)."""

    code = "forbidden"
    title = "Not allowed"


class Unknown(CommandError):
    """No such device, affordance or run."""

    code = "unknown"
    title = "Not found"


class ReadOnly(CommandError):
    """The property cannot be written, or the method is not allowed here."""

    code = "read-only"
    title = "Cannot be written"


class NotAcceptable(CommandError):
    """None of the formats asked for can be given."""

    code = "not-acceptable"
    title = "Format asked for is not available"


class BadFormat(CommandError):
    """The content format of the request is not supported here."""

    code = "bad-format"
    title = "Content format not supported"


class StateConflict(CommandError):
    """The appliance's present state does not allow it (guardWritable, interlock)."""

    code = "state-conflict"
    title = "Not possible in the present state"


class Precondition(CommandError):
    """The state has moved on since the one named in `if` or If-Match."""

    code = "precondition"
    title = "State has moved on"


class TooLarge(CommandError):
    """The payload is over the limit."""

    code = "too-large"
    title = "Payload too large"


class SchemaViolation(CommandError):
    """Type, range, step, enum, guardRange or implies broken."""

    code = "schema"
    title = "Value outside the profile"


class RateExceeded(CommandError):
    """Too many requests; try again later."""

    code = "rate"
    title = "Too many requests"


class DeviceFailure(CommandError):
    """The appliance refused, or showed something else than what was asked."""

    code = "device-error"
    title = "The appliance refused"


class Offline(CommandError):
    """The appliance is not reachable."""

    code = "offline"
    title = "The appliance is not reachable"


class TimedOut(CommandError):
    """The appliance did not answer, or never showed the effect."""

    code = "timeout"
    title = "No answer from the appliance"


class Expired(CommandError):
    """The command's time had passed before it could be done."""

    code = "expired"
    title = "Command expired"


class Superseded(CommandError):
    """A later command took over before this one showed its effect."""

    code = "superseded"
    title = "Overtaken by a later command"


class NeedsConfirmation(CommandError):
    """A person must confirm; `extra["confirm"]` carries the token to send back."""

    code = "needs-confirm"
    title = "A person must confirm this"


class SetupError(HulianError):
    """The program cannot start or go on; the text says what to do."""


class ConfigurationInvalid(SetupError):
    """The configuration file or an option has a mistake."""


class PortTaken(SetupError):
    """A port is in use by another program."""


class BrokerUnavailable(SetupError):
    """The MQTT broker cannot be started or reached."""


class NotRunning(SetupError):
    """No gateway answers on the control socket."""


class ExtraMissing(SetupError):
    """An optional part is not installed; the text names the extra."""


class StorageDamaged(SetupError):
    """A database is damaged or written by a newer version."""


class ProfileInvalid(SetupError):
    """A profile file with a mistake: `path`, `line` (1-based, None when unknown), `pointer` (JSON pointer into the document)."""

    def __init__(self, message: str, *, path: str = "", line: int | None = None, pointer: str = "") -> None:
        where = f"{path}:{line}" if line is not None else path
        super().__init__(f"{where}: {message}" if where else message)
        self.message = message
        self.path = path
        self.line = line
        self.pointer = pointer


class StorageFailed(HulianError):
    """The disk is full or failing: nothing of this write was kept."""


class LinkDown(HulianError):
    """The MQTT link is not up at this moment."""


class WireError(HulianError):
    """Bytes from the outside that cannot be understood."""


WIRE_CODES: dict[type[CommandError], WireCode] = {
    BadSyntax: WireCode((4, 0), 0x99, 400),
    Unauthenticated: WireCode((4, 1), 0x86, 401),
    Forbidden: WireCode((4, 3), 0x87, 403),
    Unknown: WireCode((4, 4), 0x90, 404),
    ReadOnly: WireCode((4, 5), 0x83, 405),
    NotAcceptable: WireCode((4, 6), 0x83, 406),
    StateConflict: WireCode((4, 9), 0x83, 409),
    Precondition: WireCode((4, 12), 0x83, 412),
    TooLarge: WireCode((4, 13), 0x95, 413),
    BadFormat: WireCode((4, 15), 0x99, 415),
    SchemaViolation: WireCode((4, 22), 0x99, 422),
    RateExceeded: WireCode((4, 29), 0x96, 429),
    DeviceFailure: WireCode((5, 2), 0x80, 502),
    Offline: WireCode((5, 3), 0x88, 503),
    TimedOut: WireCode((5, 4), 0x80, 504),
    Expired: WireCode((4, 9), 0x83, 409),
    Superseded: WireCode((4, 9), 0x83, 409),
    NeedsConfirmation: WireCode((4, 9), 0x83, 409),
}

BY_CODE: dict[str, type[CommandError]] = {error.code: error for error in WIRE_CODES}
