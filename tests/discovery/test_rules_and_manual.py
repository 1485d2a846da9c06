from typing import Any

import pytest

from gateway.discovery.manual import Asked, parse_manual
from gateway.discovery.rules import Rules
from gateway.drivers.spi import Registration
from gateway.errors import ConfigurationInvalid


@pytest.mark.parametrize(
    ("patterns", "driver", "kind", "accepted"),
    [
        ((), "native", "plug", False),
        (("*",), "native", None, True),
        (("native",), "native", "plug", True),
        (("native",), "midea", "plug", False),
        (("midea:air-conditioner",), "midea", "air-conditioner", True),
        (("midea:air-conditioner",), "midea", "refrigerator", False),
        (("midea:air-conditioner",), "midea", None, False),
        (("*:plug",), "native", "plug", True),
        (("midea", "native:light"), "native", "light", True),
    ],
)
def test_a_rule_takes_what_it_names(patterns: tuple[str, ...], driver: str, kind: str | None, accepted: bool) -> None:
    assert Rules(patterns).accept(driver, kind) is accepted


@pytest.mark.parametrize("pattern", ["", "a:b:c", "na tive"])
def test_a_rule_that_makes_no_sense_is_refused_by_name(pattern: str) -> None:
    with pytest.raises(ConfigurationInvalid):
        Rules([pattern])


def test_addresses_and_whole_units_can_be_named() -> None:
    whole = {"driver": "midea", "key": "151", "host": "10.0.0.9", "port": 6444, "credentials": {"token": "aa"}}
    asked, registered = parse_manual(["native://10.0.0.7:5684", "midea://10.0.0.8", {"driver": "midea", "host": "10.0.0.10"}, whole])
    assert asked == (Asked("native", "10.0.0.7", 5684), Asked("midea", "10.0.0.8"), Asked("midea", "10.0.0.10"))
    assert [entry.where for entry in asked] == ["10.0.0.7:5684", "10.0.0.8", "10.0.0.10"]
    assert registered == (Registration(driver="midea", key="151", address="10.0.0.9", port=6444, credentials={"token": "aa"}),)


NONSENSE: list[Any] = [
    "",
    "10.0.0.7",
    "native://",
    "native://h/x/y",
    "native://h:99999",
    {"driver": "native"},
    {"host": "x"},
    {"driver": "n", "host": "h", "port": "7"},
    {"driver": "n", "key": "k", "facts": []},
]


@pytest.mark.parametrize("entry", NONSENSE, ids=str)
def test_a_manual_entry_that_makes_no_sense_is_refused_with_an_example(entry: Any) -> None:
    with pytest.raises(ConfigurationInvalid, match="driver"):
        parse_manual([entry])
