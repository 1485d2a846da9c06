"""The list of keys over the control socket: names of what is there and what is missing, never a value."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from gateway.discovery import Discovery
from gateway.discovery.credentials import Credentials
from gateway.faces.control.credentials import CredentialCalls
from gateway.trust.vault import Vault
from tests.discovery.kit import Home, discovering, sighting
from tests.drivers.kit import until
from tests.kit.secrets import MemorySecrets

CANARY = "canary-77aa-code"


@dataclass
class Counter:
    home: Home
    discovery: Discovery

    async def units(self) -> dict[str, dict[str, Any]]:
        async def tell(item: Any) -> None:
            raise AssertionError(item)

        sessions = [{"driver": "test", "key": "known", "devices": ["plug-1"]}]
        answer = await CredentialCalls(self.home.credentials, self.discovery, lambda: sessions).table()["credentials"]({}, tell)
        assert CANARY not in json.dumps(answer)
        assert set(answer["asks"]) >= {"test"}
        return {each["key"]: each for each in answer["units"]}


@pytest.fixture
async def counter() -> AsyncIterator[Counter]:
    home = Home()
    async with discovering(home) as discovery:
        yield Counter(home, discovery)


async def test_each_unit_is_listed_with_what_it_asks_for_and_what_is_there(counter: Counter) -> None:
    await counter.home.credentials.keep("test", "known", {"code": CANARY})
    await counter.home.credentials.keep("test", "later", {"code": CANARY, "more": CANARY})
    for key, needs in (("known", "1"), ("asking", "1"), ("open", "")):
        counter.discovery.see(sighting(key, needs=needs) if needs else sighting(key))
    await until(lambda: len(counter.discovery.inbox()) == 3 and counter.discovery.registrations(), "all were seen")
    units = await counter.units()
    assert set(units) == {"known", "asking", "later"}
    assert units["known"] | {"title": ""} == {
        "unit": "test:known",
        "driver": "test",
        "key": "known",
        "title": "",
        "state": "accepted",
        "devices": ["plug-1"],
        "has": ["code"],
        "needs": ["code"],
        "missing": [],
        "problem": "",
    }
    assert (units["asking"]["state"], units["asking"]["has"], units["asking"]["missing"]) == ("pending", [], ["code"])
    assert (units["later"]["state"], units["later"]["has"], units["later"]["needs"]) == ("not seen yet", ["code", "more"], [])


async def test_an_ignored_unit_is_not_asked_about(counter: Counter) -> None:
    counter.discovery.see(sighting("asking", needs="1"))
    await until(counter.discovery.inbox, "seen")
    await counter.discovery.ignore("asking")
    assert await counter.units() == {}


async def test_a_spoilt_one_says_so_and_hides_no_other(counter: Counter) -> None:
    secrets = MemorySecrets()
    counter.home.credentials = Credentials(Vault(bytes(32), secrets))
    await counter.home.credentials.keep("test", "a", {"code": CANARY})
    await counter.home.credentials.keep("test", "b", {"code": CANARY})
    row = secrets.rows["driver:test", "a"]
    secrets.rows["driver:test", "a"] = row[:-1] + bytes([row[-1] ^ 1])
    vault = Vault(bytes(32), secrets)
    await vault.load()
    counter.home.credentials = Credentials(vault)
    units = await counter.units()
    assert units["a"]["problem"]
    assert units["b"]["has"] == ["code"]
