"""Errors as they travel over HTTP: the same object as on every wire, as RFC 9457 problem JSON, with a word about what to do."""

from typing import Any, Final

import orjson

from gateway.errors import WIRE_CODES, CommandError, HulianError, SetupError
from gateway.thing.concealed import CONCEALED

PROBLEM: Final = "application/problem+json"
UNABLE: Final = 501
"""What this hub cannot do as it is installed or set up."""
TO_DO: Final = {
    "bad-syntax": "Send JSON of the shape the API description shows.",
    "unauthenticated": "Log in: `hulian login` on the hub makes a code for a browser, or a token for a program.",
    "forbidden": "Ask an owner of this home for it, or for another role.",
    "unknown": "Look at what there is: GET /api/v1/devices, /api/v1/scenes, /api/v1/openapi.json.",
    "read-only": "Look at what can be written: GET the Thing Description of the device.",
    "not-acceptable": "Ask for application/json.",
    "bad-format": "Send the type this address takes: application/json, for a scene also application/yaml.",
    "state-conflict": "Do first what the detail names, then repeat this.",
    "precondition": "Read the state again and repeat with its new ETag.",
    "too-large": "Send less at once.",
    "schema": "Send a value the Thing Description of the device allows.",
    "rate": "Wait a little and repeat.",
    "device-error": "See `hulian doctor`, or GET /api/v1/doctor: it says what helps.",
    "offline": "See that the appliance has power and is in reach; GET /api/v1/doctor says more.",
    "timeout": "Repeat it, or look at what the appliance shows now.",
    "expired": "Send it again, with a later end.",
    "superseded": "Look at what the appliance shows now: somebody changed it after you.",
    "needs-confirm": "Let a person confirm it, and repeat with the token of `confirm` as the parameter `confirm`.",
    "setup": "Do what the detail says at the hub.",
}
"""By code: what helps."""


def status_of(error: HulianError) -> int:
    """Return the HTTP status of an error."""
    if isinstance(error, CommandError):
        return next((wire.http for kind, wire in WIRE_CODES.items() if isinstance(error, kind)), UNABLE)
    return UNABLE


def document_of(error: HulianError) -> dict[str, Any]:
    """Return the problem: `type`, `status` and `todo` beside what the error says on every wire."""
    if isinstance(error, CommandError):
        told = error.document()
    else:
        told = {"code": "setup", "title": "Not possible here" if isinstance(error, SetupError) else "Failed", "detail": str(error)}
    shown = {name: CONCEALED.hide(value) if isinstance(value, str) and name != "confirm" else value for name, value in told.items()}
    return {"type": f"urn:hulian:error:{shown['code']}", "status": status_of(error), **shown, "todo": TO_DO[shown["code"]]}


def body_of(error: HulianError) -> bytes:
    """Return the problem as bytes."""
    return orjson.dumps(document_of(error), default=str)
