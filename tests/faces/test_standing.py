"""Where a device stands, over the socket and in words."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.cli.standing import standing_lines
from gateway.discovery import Discovery
from gateway.faces.control.standing import standing
from tests.discovery.kit import Home, discovering, sighting
from tests.drivers.kit import until

OPEN = {
    "driver": "test",
    "key": "unit-1",
    "devices": ["plug-1"],
    "state": "open",
    "since": "t0",
    "reason": "",
    "attempts": 0,
    "address": "127.0.0.5",
}


@pytest.fixture
async def discovery() -> AsyncIterator[Discovery]:
    async with discovering(Home()) as discovery:
        discovery.see(sighting("unit-1", needs="1"))
        await until(discovery.inbox, "an entry")
        yield discovery


def words(locality: str, wire: dict[str, Any] | None) -> list[str]:
    return [line.plain for line in standing_lines({"locality": locality, "wire": wire})]


async def test_a_unit_in_contact_is_shown_with_its_wire_its_key_and_where_it_is(discovery: Discovery) -> None:
    await discovery.accept("unit-1", {"code": "secret-code"})
    shown = standing("plug-1", [OPEN], discovery)
    assert shown is not None
    assert "secret-code" not in str(shown)
    locality, title, key, reach = words("local-cloud-key", shown)
    assert locality == "local, key from the vendor's cloud once"
    assert title == "Test, as test:unit-1, at 127.0.0.5"
    assert key == "Key here: code"
    assert reach.startswith("In contact since t0, last found 20")


async def test_a_unit_without_its_key_says_what_to_do_and_one_away_since_when_and_why(discovery: Discovery) -> None:
    away = OPEN | {"state": "waiting", "reason": "no answer in time", "attempts": 3, "address": ""}
    shown = standing("plug-1", [away], discovery)
    _, title, key, reach = words("local", shown)
    assert title == "Test, as test:unit-1"
    assert key == "Key missing: code. hulian credentials import test:unit-1"
    assert reach.startswith("No contact since t0, last found 20")
    assert reach.endswith(", tried 3 times: no answer in time")


async def test_a_unit_that_was_forgotten_by_discovery_still_shows_its_session(discovery: Discovery) -> None:
    shown = standing("plug-2", [OPEN | {"key": "unit-2", "devices": ["plug-2"], "driver": "gone"}], discovery)
    assert words("local", shown)[1:] == ["gone, as gone:unit-2, at 127.0.0.5", "Asks for no key", "In contact since t0"]


async def test_a_device_no_session_carries_says_so(discovery: Discovery) -> None:
    assert standing("plug-9", [OPEN], discovery) is None
    assert words("assumed", None) == ["assumed: nothing tells what it really does", "Not heard of since the gateway was started."]


async def test_a_native_device_is_its_own_unit_also_before_it_was_opened(discovery: Discovery) -> None:
    shown = standing("plug-1", [OPEN | {"key": "plug-1", "devices": []}], discovery)
    assert shown is not None
    assert shown["unit"] == "test:plug-1"
