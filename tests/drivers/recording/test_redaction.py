"""What is private does not survive a recording, in whatever form it travels; everything else does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.recording.plain import plain
from gateway.drivers.recording.redaction import ANYWHERE, Redaction
from gateway.drivers.spi import Registration
from tests.kit.secrets import disguises

MAC, TOKEN, NUMBER, SERIAL = "f4911e0a9b29", "0c" * 8 + "9f3b7d21" * 2, "151732605161920", "000000P0000000Q1HULIANAC0001"
UNIT = Registration(
    driver="test",
    key=NUMBER,
    address="127.0.27.9",
    facts={"mac": MAC, "model": "AB12", "serial": SERIAL},
    credentials={"token": TOKEN, "password": "correct horse"},
)


def cleaned(value: Any, unit: Registration = UNIT) -> str:
    return json.dumps(Redaction(unit, [unit.address]).clean(plain(value)))


@pytest.mark.parametrize("secret", [MAC, TOKEN, NUMBER, SERIAL, "correct horse"])
@pytest.mark.parametrize("shape", ["{}", "x{}y", "the unit {} says no"])
def test_a_known_word_is_gone_from_every_text(secret: str, shape: str) -> None:
    for word in (secret, secret.upper(), secret.lower()):
        assert word not in cleaned({"said": [shape.format(word)]})


@pytest.mark.parametrize("secret", [MAC, TOKEN, SERIAL, "correct horse"])
def test_a_known_word_is_gone_from_bytes(secret: str) -> None:
    hidden = cleaned({"body": b"\x01" + secret.encode() + b"\x02"})
    assert not any(text.decode(errors="replace") in hidden for text in disguises(secret.encode()).values())


@pytest.mark.parametrize(
    "raw", [bytes.fromhex(MAC), bytes.fromhex(TOKEN), int(NUMBER).to_bytes(8, "little"), int(NUMBER).to_bytes(6, "big")]
)
def test_a_known_word_as_raw_bytes_is_gone_and_as_long_as_it_was(raw: bytes) -> None:
    document = json.loads(cleaned({"body": b"\xaa" + raw + b"\xbb"}))
    after = bytes.fromhex(document["body"]["hex"])
    assert raw not in after
    assert (after[:1], after[-1:], len(after)) == (b"\xaa", b"\xbb", len(raw) + 2)


def test_a_number_is_gone_as_a_number_and_others_stay() -> None:
    document = json.loads(cleaned({"device": int(NUMBER), "celsius": 23, "half": 21.5, "on": True, "none": None}))
    assert document["device"] != int(NUMBER)
    assert 0 < document["device"] < int(NUMBER)
    assert {**document, "device": 0} == {"device": 0, "celsius": 23, "half": 21.5, "on": True, "none": None}


def test_what_stands_under_a_private_name_is_gone_whatever_it_is() -> None:
    private = {"ssid": "Grandma's", "wifi_pass": "hunter22", "bssid": "aa:bb:cc:dd:ee:ff", "token": "deadbeef", "name": "Bedroom of Li"}
    document = json.loads(cleaned({"info": private, "raw_token": b"\x01\x02\x03\x04\x05\x06"}))
    assert not set(private.values()) & set(document["info"].values())
    assert document["raw_token"]["hex"] != "010203040506"
    assert {name: len(text) for name, text in document["info"].items()} == {name: len(text) for name, text in private.items()}


def test_the_key_of_a_keypad_stays_and_one_that_opens_something_goes() -> None:
    assert json.loads(cleaned({"key": "volume-up"})) == {"key": "volume-up"}
    assert json.loads(cleaned({"key": "a3K8Bx%2r8Y7"}))["key"] != "a3K8Bx%2r8Y7"


@pytest.mark.parametrize("mac", ["AA:BB:CC:DD:EE:0F", "aa-bb-cc-dd-ee-0f", "aabbccddee0f", "AABBCCDDEE0F"])
def test_a_mac_that_nobody_named_is_gone_and_stays_one(mac: str) -> None:
    (after,) = json.loads(cleaned([f"neighbour {mac} heard"]))
    assert mac not in after
    assert len(after) == len(f"neighbour {mac} heard")


def test_an_address_becomes_one_that_is_nobodys_and_a_version_stays() -> None:
    assert json.loads(cleaned(["from 192.168.1.20 and 127.0.27.9", "V1.23.4", "362001000762+U-X"])) == [
        f"from {ANYWHERE} and {ANYWHERE}",
        "V1.23.4",
        "362001000762+U-X",
    ]


def test_what_tells_a_thing_from_all_others_is_gone_and_the_name_of_a_property_stays() -> None:
    urn = "urn:uuid:0f3a9b1c-52d4-4e6f-8a7b-9c0d1e2f3a4b"
    document = json.loads(cleaned({"id": urn, "rpc": {"op": "writeproperty", "name": "targetTemperature"}, "name": "Li's room"}))
    assert not {"0f3a9b1c", "52d4", "4e6f", "8a7b", "9c0d1e2f3a4b"} & set(document["id"].removeprefix("urn:uuid:").split("-"))
    assert document["id"].startswith("urn:uuid:")
    assert len(document["id"]) == len(urn)
    assert document["rpc"]["name"] == "targetTemperature"
    assert document["name"] != "Li's room"


def test_the_same_word_becomes_the_same_other_word_and_in_another_recording_another() -> None:
    one, other = Redaction(UNIT), Redaction(UNIT)
    assert one.text(MAC) == one.clean({"mac": MAC})["mac"] == one.registration(UNIT)["facts"]["mac"]
    assert one.text(MAC) != other.text(MAC)
    assert one.word("F4:91:1E:0A:9B:29").replace(":", "").lower() == one.text(MAC)


@pytest.mark.parametrize("mac", ["0123456789AB", "0123456789ab", "01:23:45:67:89:AB"])
def test_a_word_of_hexadecimal_digits_keeps_its_case(mac: str) -> None:
    unit = Registration(driver="test", key=mac, facts={"mac": mac})
    for _ in range(8):
        after = Redaction(unit).registration(unit)["key"]
        assert after == (after.lower() if mac.islower() else after.upper())


def test_a_driver_finds_everything_it_needs_in_its_own_shape() -> None:
    head = Redaction(UNIT).registration(UNIT)
    assert head["key"].isdecimal()
    assert head["facts"]["model"] == "AB12"
    assert len(bytes.fromhex(head["credentials"]["token"])) == len(TOKEN) // 2
    assert len(bytes.fromhex(head["facts"]["mac"])) == 6


@pytest.mark.parametrize("token", ["0" * 32, "1" * 32, "0123456789" * 3 + "01", "f" * 128])
def test_a_key_that_happens_to_be_digits_is_replaced_all_the_same(token: str) -> None:
    unit = Registration(driver="test", key="unit-1", credentials={"token": token})
    after = Redaction(unit).registration(unit)["credentials"]["token"]
    assert after != token
    assert len(after) == len(token)


@given(st.text(alphabet="0123456789abcdefABCDEF:-. xyz", min_size=5, max_size=40).filter(lambda text: not text.isspace()))
def test_no_word_survives_its_own_redaction(word: str) -> None:
    unit = Registration(driver="test", key="k" * 9, credentials={"password": word})
    if any(letter.isalnum() for letter in word) and sum(letter.isalnum() for letter in word) >= 5:
        assert Redaction(unit).registration(unit)["credentials"]["password"] != word
