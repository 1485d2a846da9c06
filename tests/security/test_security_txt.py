"""The text for /.well-known/security.txt, read as RFC 9116 says by a reader of our own."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from gateway.errors import ConfigurationInvalid
from gateway.trust.security_txt import security_txt

NOW = 1_795_000_000.0
FIELD = re.compile(r"([A-Za-z-]+): (\S.*)")


def read(text: str) -> list[tuple[str, str]]:
    """Return the fields in order; every line ends, and is a field."""
    lines = text.split("\r\n")
    assert lines.pop() == ""
    return [(found[1].lower(), found[2]) for line in lines if (found := FIELD.fullmatch(line)) or pytest.fail(line)]


def test_it_has_contacts_in_order_one_expiry_and_one_list_of_languages() -> None:
    fields = read(security_txt(["mailto:security@example.com", "https://example.com/report"], NOW, policy="https://example.com/policy"))
    assert [value for name, value in fields if name == "contact"] == ["mailto:security@example.com", "https://example.com/report"]
    names = [name for name, _ in fields]
    assert (names.count("expires"), names.count("preferred-languages"), names.count("policy")) == (1, 1, 1)
    assert dict(fields)["preferred-languages"] == "en, zh"


@pytest.mark.parametrize("now", [0.0, NOW, NOW + 10 * 365 * 86400, None])
def test_it_expires_in_the_future_and_within_a_year_whenever_it_is_made(now: float | None) -> None:
    now = time.time() if now is None else now
    expires = datetime.fromisoformat(dict(read(security_txt(["tel:+86-10-5555"], now)))["expires"])
    assert timedelta(days=30) < expires - datetime.fromtimestamp(now, UTC) < timedelta(days=366)


@pytest.mark.parametrize(
    "contact",
    [
        "",
        "security@example.com",
        "http://example.com",
        "https:",
        "https:///x",
        "mailto:",
        "mailto:a@b\r\nContact: mailto:mallory@example.com",
        "https://example.com/a b",
        "mailto:a@b\u202ecom",
        "mailto:\0",
        "https://example.com/" + "a" * 2000,
    ],
)
def test_a_contact_that_is_no_uri_or_would_begin_a_line_of_its_own_is_refused(contact: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        security_txt([contact], NOW)
    with pytest.raises(ConfigurationInvalid):
        security_txt(["mailto:security@example.com"], NOW, policy=contact)


def test_without_a_contact_there_is_no_text() -> None:
    with pytest.raises(ConfigurationInvalid, match="needs a contact"):
        security_txt([], NOW)
