"""X3: danger 2 needs a fresh confirmation token; danger 3 is refused from scenes, schedules and remote callers in every combination."""

import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from gateway.protocol.topics import Topics
from tests.conformance.asking import Asker, OverMqtt, askers
from tests.kit.brokers import needs_mosquitto
from tests.routes.lamp import LAMP
from tests.routes.stage import Stage, stage, without_waiting

pytestmark = needs_mosquitto
Known = Mapping[tuple[str, str], Asker]
TRANSPORTS = ("coap", "mqtt")
WHYS = ("", "user", "scene", "scene:evening", "schedule", "automation", "service")
PERSONS = ("", "user")
Asked = tuple[str, str, Any]
DANGEROUS: list[Asked] = [
    ("writeproperty", "x-acme-boost", True),
    ("writemultipleproperties", "", {"brightness": 70, "x-acme-boost": True}),
    ("invokeaction", "x-acme-heat", None),
]
FORBIDDEN: list[Asked] = [
    ("writeproperty", "x-acme-burn", True),
    ("writemultipleproperties", "", {"brightness": 70, "x-acme-burn": True}),
    ("invokeaction", "x-acme-melt", None),
]


@pytest.fixture
async def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Stage, Known]]:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        yield made, known


@pytest.mark.long
async def test_x3_danger_three_is_refused_whoever_asks_however_and_for_whatever_reason(home: tuple[Stage, Known]) -> None:
    made, known = home
    before = made.fingerprint()
    token = (await known["coap", "owner"].ask(*DANGEROUS[0])).token
    assert token
    for asker in known.values():
        for asked in FORBIDDEN:
            for why in WHYS:
                for confirm in ("", token):
                    assert (await asker.ask(*asked, why=why, confirm=confirm)).code in {"forbidden", "unauthenticated"}
    assert made.fingerprint() == before


@pytest.mark.parametrize("transport", TRANSPORTS)
async def test_x3_danger_two_is_done_once_for_each_confirmation(home: tuple[Stage, Known], transport: str) -> None:
    made, known = home
    for identity in ("user", "owner"):
        asker = known[transport, identity]
        for asked in DANGEROUS:
            got = len(made.lamp.got)
            first = await asker.ask(*asked)
            assert (first.code, len(made.lamp.got)) == ("needs-confirm", got)
            assert first.token
            assert (await asker.ask(*asked, confirm=first.token)).code == ""
            assert (await asker.ask(*asked, confirm=first.token)).code == "needs-confirm"
            assert len(made.lamp.got) == got + 1


async def test_x3_a_confirmation_is_good_for_nobody_and_nothing_else_and_not_for_long(home: tuple[Stage, Known]) -> None:
    made, known = home
    asker = known["mqtt", "user"]
    first = await asker.ask(*DANGEROUS[0])
    assert first.token
    before = made.fingerprint()
    for other, asked in (
        (known["coap", "owner"], DANGEROUS[0]),
        (asker, ("writeproperty", "x-acme-boost", False)),
        (asker, ("writemultipleproperties", "", {"x-acme-boost": True})),
        (asker, DANGEROUS[2]),
    ):
        assert (await other.ask(*asked, confirm=first.token)).code == "needs-confirm"
    for guess in ("0" * 32, first.token.upper() + "0", first.token[:-1]):
        assert (await asker.ask(*DANGEROUS[0], confirm=guess)).code == "needs-confirm"
    made.gateway.clock.advance(61)
    assert (await asker.ask(*DANGEROUS[0], confirm=first.token)).code == "needs-confirm"
    assert made.fingerprint() == before


async def test_x3_no_automatism_is_offered_a_confirmation_and_a_persons_own_serves_for_one_run(home: tuple[Stage, Known]) -> None:
    made, known = home
    for transport in TRANSPORTS:
        asker = known[transport, "owner"]
        for why in WHYS:
            told = await asker.ask(*DANGEROUS[0], why=why)
            assert (told.code, bool(told.token)) == ("needs-confirm", why in PERSONS)
        token = (await asker.ask(*DANGEROUS[0])).token
        assert token
        assert (await asker.ask(*DANGEROUS[0], why="scene", confirm=token)).code == ""
        assert (await asker.ask(*DANGEROUS[0], why="scene", confirm=token)).code == "needs-confirm"
    assert [command.why for command in made.lamp.got] == ["scene", "scene"]


async def test_x3_on_a_bare_topic_nothing_dangerous_happens_and_nobody_hears_a_token(home: tuple[Stage, Known]) -> None:
    made, known = home
    user, viewer = known["mqtt", "user"], known["mqtt", "viewer"]
    assert isinstance(user, OverMqtt)
    assert isinstance(viewer, OverMqtt)
    topics = Topics(made.home.identifier, LAMP)
    await viewer.speaker.subscribe(topics.ack)
    await user.speaker.publish(topics.property_set("x-acme-boost"), b"true")
    assert (await user.ask(*DANGEROUS[2])).token
    acks: list[dict[str, object]] = []
    while len(acks) < 2:
        acks += [json.loads(payload) for topic, payload in await viewer.speaker.settle() if topic == topics.ack]
    assert all(ack["error"]["code"] == "needs-confirm" for ack in acks)  # type: ignore[index]
    assert all("confirm" not in ack["error"] for ack in acks)  # type: ignore[operator]
    assert made.lamp.got == []
