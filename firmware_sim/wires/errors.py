"""How a refusal looks on the native wires: the error object of the standard, and its CoAP code."""

from typing import Any

from firmware_sim.refusal import Refusal

_TITLES = {
    "not-acceptable": "Not available in the format asked for",
    "bad-format": "This content format is not understood here",
    "precondition": "The state has moved on",
    "too-large": "More than this appliance can take in",
    "timeout": "The effect never showed",
    "expired": "Came too late",
    "superseded": "A later command took over",
    "cancelled": "Stopped on request",
    "failed": "It did not work out",
}
_CODES: dict[str, tuple[int, int]] = {
    "bad-syntax": (4, 0),
    "unauthenticated": (4, 1),
    "bad-option": (4, 2),
    "forbidden": (4, 3),
    "unknown": (4, 4),
    "read-only": (4, 5),
    "not-acceptable": (4, 6),
    "incomplete": (4, 8),
    "state-conflict": (4, 9),
    "expired": (4, 9),
    "superseded": (4, 9),
    "cancelled": (4, 9),
    "needs-confirm": (4, 9),
    "precondition": (4, 12),
    "too-large": (4, 13),
    "bad-format": (4, 15),
    "schema": (4, 22),
    "rate": (4, 29),
    "device-error": (5, 2),
    "offline": (5, 3),
    "timeout": (5, 4),
    "no-proxy": (5, 5),
}


def error_object(refusal: Refusal) -> dict[str, Any]:
    """Return `{"code", "title", "detail", ...}`, with a title for the codes only a wire uses."""
    body = refusal.document()
    return body | {"title": _TITLES.get(refusal.code, body["title"])}


def coap_code(code: str) -> tuple[int, int]:
    """Return the CoAP response code, class and detail, of an error code."""
    return _CODES.get(code, (5, 0))
