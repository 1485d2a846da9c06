"""One table entry for each error class, and each entry as the profile says."""

import pytest

from gateway import errors
from gateway.errors import BY_CODE, WIRE_CODES, CommandError, HulianError

PROFILE = {
    "bad-syntax": (4, 0),
    "unauthenticated": (4, 1),
    "forbidden": (4, 3),
    "unknown": (4, 4),
    "read-only": (4, 5),
    "not-acceptable": (4, 6),
    "bad-format": (4, 15),
    "state-conflict": (4, 9),
    "precondition": (4, 12),
    "too-large": (4, 13),
    "schema": (4, 22),
    "rate": (4, 29),
    "device-error": (5, 2),
    "offline": (5, 3),
    "timeout": (5, 4),
    "expired": (4, 9),
    "superseded": (4, 9),
    "needs-confirm": (4, 9),
}


def test_every_command_error_has_one_entry() -> None:
    assert set(WIRE_CODES) == {error for error in CommandError.__subclasses__() if error.__module__ == "gateway.errors"}
    assert len(BY_CODE) == len(WIRE_CODES)


def test_codes_are_those_of_the_profile() -> None:
    assert {error.code: wire.coap for error, wire in WIRE_CODES.items()} == PROFILE


@pytest.mark.parametrize("error", WIRE_CODES, ids=lambda error: error.code)
def test_http_and_mqtt_agree_on_whose_fault_it_is(error: type[CommandError]) -> None:
    wire = WIRE_CODES[error]
    assert wire.http // 100 == wire.coap[0]
    assert wire.mqtt >= 0x80


def test_every_error_of_ours_is_in_the_tree() -> None:
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]
    assert found
    assert all(issubclass(error, HulianError) for error in found)


def test_the_error_object_names_what_was_wrong() -> None:
    document = errors.SchemaViolation("31.5 is over 31", property="targetTemperature", constraint="range").document()
    assert document == {
        "code": "schema",
        "title": "Value outside the profile",
        "detail": "31.5 is over 31",
        "constraint": "range",
        "property": "targetTemperature",
    }
