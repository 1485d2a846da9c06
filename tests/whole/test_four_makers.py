"""One client script, unmodified, drives the air conditioners of four makers, and one that speaks the standard, over MQTT and over CoAP."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.brokers import needs_mosquitto
from tests.kit.hosts import needs_hosts
from tests.kit.island import BROKER, COAP, Island, island
from tests.kit.makes import MAKES

pytestmark = [needs_hosts, needs_mosquitto, pytest.mark.long, pytest.mark.timeout(400)]

WARMING = 6 * 3600.0
"""Seconds in which a room that was cooled is warm again."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Island]:
    units = [make.unit(f"ac-{make.wire}", "air-conditioner", f"127.0.28.{number}", number) for number, make in enumerate(MAKES.values(), 2)]
    with island(tmp_path_factory.mktemp("makers"), units) as running:
        running.all_online(len(units))
        yield running


@pytest.fixture(scope="module")
def seen(home: Island) -> dict[str, dict[str, list[str]]]:
    """Transport -> device -> what the client saw to be so."""
    return {url.partition(":")[0]: driven(home, url) for url in (BROKER, COAP)}


def driven(home: Island, url: str) -> dict[str, list[str]]:
    """Have the client drive all of them, in rooms that are warm."""
    home.advance(WARMING)
    said = home.host.run([sys.executable, "-m", "tests.whole.client.air_conditioners", url], timeout=180).stdout
    return dict(json.loads(said))


@pytest.mark.parametrize("transport", ["mqtt", "coap"])
def test_the_client_drives_the_air_conditioner_of_every_maker(home: Island, seen: dict[str, dict[str, list[str]]], transport: str) -> None:
    assert set(seen[transport]) == set(home.by_unit().values())
    assert len(seen[transport]) == len(home.units)


def test_every_assertion_is_the_same_for_all_of_them_and_over_both(seen: dict[str, dict[str, list[str]]]) -> None:
    stories = {tuple(story) for devices in seen.values() for story in devices.values()}
    assert len(stories) == 1
    assert len(stories.pop()) > 40


def test_the_client_names_no_maker() -> None:
    client = "".join(path.read_text().lower() for path in sorted((Path(__file__).parent / "client").glob("*.py")))
    words = {make.driver for make in MAKES.values()} | {"xiaomi", "m-smart"}
    assert not {word for word in words if word in client}
