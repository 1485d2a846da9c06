"""What units ask for, and what is said about a secret that cannot be one."""

import pytest

from gateway.discovery.asked import check_credentials, check_forms
from gateway.drivers.asked import GUIDE
from gateway.drivers.table import folder_of, load, names
from gateway.errors import SchemaViolation

TOKEN, KEY = "aB" * 64, "0f" * 32
MIDEA = load("midea")


def test_a_whole_set_of_the_right_form_is_taken() -> None:
    check_credentials(MIDEA, {"token": TOKEN, "key": KEY})
    check_credentials(load("native"), {"anything": "goes where nobody said what it looks like"})


@pytest.mark.parametrize(
    ("given", "name", "said"),
    [
        ({"token": TOKEN[:-1], "key": KEY}, "token", "128 hexadecimal digits"),
        ({"token": TOKEN, "key": KEY + "0"}, "key", "64 hexadecimal digits"),
        ({"token": TOKEN, "key": KEY[:-1]}, "key", "64 hexadecimal digits"),
        ({"token": TOKEN + "0", "key": KEY}, "token", "128 hexadecimal digits"),
        ({"token": "g" * 128, "key": KEY}, "token", "hulian guide midea"),
        ({"token": TOKEN}, "key", "there is no key: it is 64"),
        ({"token": TOKEN, "key": KEY, "k2": KEY}, "k2", "asks for token and key"),
    ],
)
def test_a_wrong_one_is_refused_with_what_is_expected_and_never_shown(given: dict[str, str], name: str, said: str) -> None:
    with pytest.raises(SchemaViolation, match=said) as refused:
        check_credentials(MIDEA, given)
    assert refused.value.property == name
    assert not any(text in str(refused.value) for text in given.values())


def test_a_token_of_xiaomi_has_32_digits() -> None:
    check_credentials(load("miio"), {"token": KEY[:32]})
    for wrong in (KEY[:31], KEY[:33], "g" * 32):
        with pytest.raises(SchemaViolation, match="32 hexadecimal digits"):
            check_credentials(load("miio"), {"token": wrong})


def test_forms_alone_are_checked_of_what_is_there() -> None:
    check_forms(MIDEA, {"token": TOKEN, "more": "x"})
    with pytest.raises(SchemaViolation, match="it has 3"):
        check_forms(MIDEA, {"key": "abc"})


@pytest.mark.parametrize("name", names())
def test_every_wire_has_a_guide_that_says_what_its_keys_look_like_and_how_they_get_in(name: str) -> None:
    guide = (folder_of(name) / GUIDE).read_text(encoding="utf-8")
    assert guide.startswith("# ")
    for secret in load(name).secrets().values():
        assert secret.says in guide
        assert f"hulian credentials import {name}:" in guide
