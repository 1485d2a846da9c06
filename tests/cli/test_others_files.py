"""Keys in files that other programs wrote."""

import json
from typing import Any

import pytest

from gateway.cli.others_files import DEEPEST
from gateway.cli.tokens import Unit, read_units
from gateway.errors import SchemaViolation

TOKEN, KEY = "ab" * 64, "cd" * 32


def read(document: Any, unit: str | None = None) -> list[Unit]:
    return read_units(json.dumps(document).encode(), unit, lambda: "")[0]


def test_the_store_of_an_integration_names_its_unit_by_number() -> None:
    stored = {"name": "AC", "device_id": 151732605161920, "type": 172, "protocol": 3, "port": 6444, "token": TOKEN, "key": KEY}
    assert read(stored) == [Unit("midea", "151732605161920", {"token": TOKEN, "key": KEY})]
    assert read({"data": {"entries": [stored]}}) == read(stored)
    assert read([{"id": "7", "token": TOKEN, "k1": KEY}]) == [Unit("midea", "7", {"token": TOKEN, "key": KEY})]


def test_a_list_of_an_account_s_devices_names_each_by_its_number() -> None:
    told = {"result": {"list": [{"did": "301", "token": "0" * 32, "model": "a"}, {"did": "302", "token": "1" * 32}, {"did": "303"}]}}
    assert read(told) == [Unit("miio", "301", {"token": "0" * 32}), Unit("miio", "302", {"token": "1" * 32})]


def test_our_own_form_is_never_taken_for_another() -> None:
    ours = {"driver": "miio", "key": "9", "credentials": {"token": "2" * 32}, "did": "1", "token": "3" * 32}
    assert read([ours]) == [Unit("miio", "9", {"token": "2" * 32})]
    assert read({"token": "2" * 32}, "miio:9") == [Unit("miio", "9", {"token": "2" * 32})]


@pytest.mark.parametrize("document", [{"did": True, "token": "x"}, {"did": "", "token": "x"}, {"token": "x"}, {"did": "1"}])
def test_what_has_no_number_or_no_key_is_no_unit(document: dict[str, Any]) -> None:
    with pytest.raises(SchemaViolation, match="unit 1 has no driver"):
        read([document])


def test_a_file_that_is_nested_without_end_is_not_followed() -> None:
    deep: Any = {"did": "1", "token": "x"}
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(SchemaViolation):
        read([deep])
