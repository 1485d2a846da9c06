"""What a gateway only guesses is no evidence of when an appliance did it (S3): rules about time are not judged by it."""

from typing import Any

import pytest

from gateway.conformance.checks.state import _judge_changes
from gateway.conformance.failure import Failure
from gateway.conformance.thing import Thing
from gateway.profile.library import Library

RULE = {"id": "rest", "type": "minInterval", "property": "operatingState", "from": ["idle"], "to": ["cooling"], "seconds": 180}
THING = Thing(b"", Library(), td={"hl:constraints": [RULE]})


def state(second: int, value: str, **quality: str) -> dict[str, Any]:
    head = {"seq": second, "boot": 1, "ts": f"2026-11-30T08:00:{second:02d}Z", "q": quality}
    return {"$": head, "operatingState": value}


def test_a_compressor_that_does_not_rest_is_told() -> None:
    with pytest.raises(Failure, match="rest"):
        _judge_changes(THING, [state(0, "cooling"), state(5, "idle"), state(20, "cooling")])


def test_a_guess_of_what_a_compressor_does_is_not_held_against_it() -> None:
    guess = {"operatingState": "assumed"}
    _judge_changes(THING, [state(0, "cooling", **guess), state(5, "idle", **guess), state(20, "cooling", **guess)])
