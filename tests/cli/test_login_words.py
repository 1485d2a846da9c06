"""`hulian login` says where a code changes nothing, as the page after logging out does."""

import pytest

from gateway.cli.login import OPEN, told

ANSWER = {"code": "7KQM-2XPD", "until": "2026-11-30T15:10:00.000Z", "for": "phone-1", "urls": ["http://127.0.0.1:8080"]}


@pytest.mark.parametrize("here", [True, False])
def test_a_hub_that_is_open_to_its_own_machine_says_so_beside_the_code(here: bool) -> None:
    words = told({**ANSWER, "open": here})
    assert "http://127.0.0.1:8080/login#code=7KQM-2XPD" in words
    assert (OPEN in words) is here


def test_a_token_needs_no_such_word() -> None:
    assert OPEN not in told({"token": "secret", "until": "2027-11-30T15:10:00.000Z", "for": "prometheus", "urls": [], "open": True})
