"""A code from the screen: read rightly, wrongly, too late; what the vault keeps; and a box that has forgotten everybody."""

import asyncio
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.androidtv.pairing import NEED, new_pairing, pairing_of
from gateway.drivers.androidtv.search import name_and_radio, recognise
from gateway.drivers.androidtv.secure import pem_file, tls_of
from gateway.drivers.spi import Ask, Candidate, Sighting
from gateway.drivers.table import load
from gateway.errors import DeviceFailure, Offline, SchemaViolation, Unauthenticated, WireError
from tests.drivers.androidtv.kit import bench_of, reader_of, seen
from tests.drivers.contract_bench import watched
from tests.drivers.kit import until
from tests.kit.addresses import address

BOX = {"mac": "22:22:ED:06:00:01"}


async def pair(candidate: Candidate, ask: Ask) -> dict[str, str]:
    driver = load("androidtv")
    assert driver.pair is not None
    return dict(await driver.pair(candidate, ask))


async def test_what_is_kept_is_the_hubs_own_certificate_and_by_what_the_box_is_known() -> None:
    async with bench_of("uhd-tv", BOX, typed=True) as bench:
        kept = pairing_of(bench.registration.credentials[NEED])
        assert bench.registration.key == "2222ED060001"
        assert kept.kind == "uhd-tv"
        assert len(kept.box) == 64
        assert "PRIVATE KEY" in kept.key
        assert "PRIVATE" not in repr(kept)
        assert load("androidtv").secrets()[NEED].form.fullmatch(kept.text())
    assert not load("androidtv").secrets()[NEED].form.fullmatch("12345G")


async def test_a_code_that_is_wrong_is_asked_again_and_three_are_the_end() -> None:
    async with seen("set-top-box") as (unit, candidate, _):
        asked: list[str] = []

        async def clumsy(need: str, question: str) -> str:
            assert need == NEED
            asked.append(question)
            right = str(unit.document()["screen"])
            return f"{int(right[:2], 16) ^ 1:02X}{right[2:]}" if len(asked) < 3 else right.lower()

        assert NEED in await pair(candidate, clumsy)
        assert "shows six characters" in asked[0]
        assert "not what" in asked[1]

        async def blind(_need: str, _question: str) -> str:
            return "ZZZZZZ"

        with pytest.raises(Unauthenticated):
            await pair(candidate, blind)
        await until(lambda: "screen" not in unit.document(), "the code is gone from the screen")


async def test_a_code_that_is_gone_from_the_screen_is_told_with_what_to_do() -> None:
    async with seen("set-top-box", {"code": 0.2}) as (unit, candidate, _):

        async def slow(_need: str, _question: str) -> str:
            code = str(unit.document()["screen"])
            await until(lambda: "screen" not in unit.document(), "the code has expired")
            await asyncio.sleep(0.1)
            return code

        with pytest.raises(DeviceFailure, match="hulian accept"):
            await pair(candidate, slow)


async def test_a_box_whose_model_tells_nothing_is_what_its_owner_says() -> None:
    async with seen("uhd-tv", {"model": "K-55XR", "vendor": "Nobody"}) as (unit, candidate, _):
        assert candidate.kind is None
        kept = await pair(candidate, reader_of(unit, kind="uhd-tv"))
        assert pairing_of(kept[NEED]).kind == "uhd-tv"
        with pytest.raises(SchemaViolation, match="set-top-box or uhd-tv"):
            await pair(candidate, reader_of(unit, kind="fridge"))


async def test_what_another_hub_kept_is_taken_instead_of_a_code() -> None:
    async with bench_of("set-top-box") as bench:
        kept = bench.registration.credentials[NEED]
        again = await pair(await bench.found(), reader_of(bench.unit, pairing=kept))
        assert json.loads(again[NEED]) == json.loads(kept)


async def test_a_box_that_forgot_its_clients_says_what_to_do_and_is_not_pressed() -> None:
    async with bench_of("set-top-box", {"quirks": ["forgets-clients"]}) as bench, watched(bench) as house:
        await house.whole()
        bench.appliance.mains("off")
        await house.later(lambda: not house.online, "offline")
        bench.appliance.mains("on")
        await house.later(
            lambda: "does not know this hub" in house.sink.reasons[house.device], "the home is told so, though it was away already"
        )
        assert "hulian accept" in house.reason
        assert "screen" not in bench.unit.document(), "nobody who watches television is bothered with a code"
        await house.supervisor.remove("androidtv", bench.registration.key)
        assert bench.driver.pair is not None
        fresh = await bench.driver.pair(await bench.found(), reader_of(bench.unit))
        house.supervisor.add(replace(bench.registration, credentials=fresh))
        await house.later(lambda: house.online, "paired again, it lives")


async def test_another_box_at_the_address_is_not_spoken_to() -> None:
    async with bench_of("set-top-box") as one, bench_of("set-top-box") as other:
        elsewhere = replace(one.registration, address=other.network.address)
        async with watched(one, elsewhere) as house:
            await house.later(lambda: house.reason, "a reason")
            assert "not the box that was paired" in house.reason
            assert not house.sink.attached


async def test_a_box_that_is_away_cannot_be_paired() -> None:
    async with seen("set-top-box") as (unit, candidate, _):
        with pytest.raises(Offline):
            await pair(replace(candidate, address=address()), reader_of(unit))


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"certificate": "x", "key": "y", "box": ""}'])
def test_what_is_no_pairing_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(Unauthenticated, match="hulian accept"):
        pairing_of(text)


def test_the_key_is_lent_in_memory_and_gone_after() -> None:
    pairing = new_pairing()
    with pem_file(pairing) as path:
        assert "memfd" in str(Path(path).readlink())
        number = int(path.rpartition("/")[2])
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(number)
    with pytest.raises(Unauthenticated):
        tls_of(replace(pairing, key=new_pairing().key))


def test_only_a_box_that_says_who_it_is_is_recognised() -> None:
    said = Sighting(
        source="mdns", service="_androidtvremote2._tcp.local.", name="Living room", address="127.0.0.9", facts={"bt": "22:22:ed:06:00:01"}
    )
    found = recognise(said)
    assert found is not None
    assert (found.key, found.title, found.port, found.facts) == ("2222ED060001", "Living room", 6466, {"bt": "22:22:ED:06:00:01"})
    others: tuple[dict[str, Any], ...] = ({"facts": {}}, {"facts": {"bt": "x"}}, {"service": "_googlecast._tcp.local."}, {"gone": True})
    for other in others:
        assert recognise(replace(said, **other)) is None


def test_a_certificate_of_something_else_is_none_of_a_box() -> None:
    for certificate in (b"", b"\x30\x00"):
        with pytest.raises(WireError):
            name_and_radio(certificate)
