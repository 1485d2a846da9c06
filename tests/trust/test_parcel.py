import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.errors import SchemaViolation
from gateway.trust import parcel
from gateway.trust.parcel import checked_passphrase, is_parcel, packed, unpacked
from tests.kit.secrets import disguises

PASSPHRASE = "four words are good"
CONTENT = b"canary-of-a-parcel " * 8
WHOLE = packed(CONTENT, PASSPHRASE)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretch less: what is tried a hundred times is the form, not the patience."""
    stretched = parcel._key(PASSPHRASE, b"")
    monkeypatch.setattr(parcel, "_key", lambda phrase, salt: stretched if phrase == PASSPHRASE and len(salt) == 16 else bytes(32))


def test_a_parcel_opens_with_its_passphrase_and_shows_nothing_without() -> None:
    assert unpacked(WHOLE, PASSPHRASE) == CONTENT
    assert is_parcel(WHOLE)
    assert not any(form in WHOLE for form in disguises(b"canary-of-a-parcel").values())
    for wrong in ("four words are gooD", "", "x" * 10_000):
        with pytest.raises(SchemaViolation, match="another one"):
            unpacked(WHOLE, wrong)


def test_the_same_letters_written_otherwise_are_the_same_passphrase() -> None:
    assert unpacked(packed(b"x", "Cafe\u0301 cafe\u0301 am Eck"), "Café café am Eck") == b"x"


@pytest.mark.parametrize("weak", ["", "short", "12345678901", "aaaaaaaaaaaaaaaa", "abababababababab"])
def test_a_passphrase_that_keeps_nobody_out_is_refused_before_anything_is_written(weak: str) -> None:
    with pytest.raises(SchemaViolation, match="12 characters"):
        packed(CONTENT, weak)
    with pytest.raises(SchemaViolation):
        checked_passphrase(weak)


@settings(max_examples=40)
@given(st.binary(max_size=3000))
def test_any_content_comes_back_and_its_length_does_not_show(content: bytes) -> None:
    patch = pytest.MonkeyPatch()
    try:
        patch.setattr(parcel, "_key", lambda _phrase, _salt: bytes(32))
        whole = packed(content, PASSPHRASE)
        assert unpacked(whole, PASSPHRASE) == content
        assert len(base64.b64decode(json.loads(whole)["sealed"])) % 1024 == 29
    finally:
        patch.undo()


@pytest.mark.usefixtures("quick")
def test_any_change_and_any_cut_is_refused() -> None:
    document = json.loads(WHOLE)
    text = bytearray(base64.b64decode(document["sealed"]))
    for place in range(0, len(text), 7):
        text[place] ^= 1
        with pytest.raises(SchemaViolation):
            unpacked(json.dumps(document | {"sealed": base64.b64encode(text).decode()}).encode(), PASSPHRASE)
        text[place] ^= 1
    for length in range(0, len(WHOLE) - 1, 11):
        with pytest.raises(SchemaViolation):
            unpacked(WHOLE[:length], PASSPHRASE)
    spoilt: object
    for spoilt in ({}, {"hulian": "parcel-2"}, document | {"salt": 5}, document | {"salt": "é"}, document | {"sealed": None}, []):
        with pytest.raises(SchemaViolation):
            unpacked(json.dumps(spoilt).encode(), PASSPHRASE)
