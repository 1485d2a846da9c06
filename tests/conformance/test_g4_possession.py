"""G4: a claim copied to another device fails key possession. The home is ours, the appliances are the simulator's own implementation."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from firmware_sim.badge import Badge
from gateway.errors import StorageFailed
from gateway.home.certificates.claims import ASKER
from gateway.home.run import Run
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.report import Report
from gateway.thing.session import Progress
from gateway.trust.certificate.shelf import Shelf
from gateway.trust.certificate.signing_key import SigningKey
from tests.home.kit import HandClock, House, Stub, command, ended, hang, living, until
from tests.home.links_kit import LIBRARY
from tests.kit.certificates import COPY, DAY, FACTS, MAKER, NOW, TRUST, UNIT, certified, statuses

PROVES = {"actions": {"proveKey": {"tm:ref": "./mixin-certificate-1.yaml#/actions/proveKey"}}}
IDENTITY = {"maker": FACTS.maker, "model": FACTS.model, "sw": "1.0.0", "made": "2026-12-01"}
MODEL = LIBRARY.model("light", 1)
RUN = replace(FACTS, profile=MODEL.version, profile_hash=MODEL.hash)
CLAIM = certified(facts=RUN).jws


class Lamp(Stub):
    """An appliance that carries certificates; `answers` False: it never says anything to its question."""

    def __init__(self, key: SigningKey, claims: list[str], *, answers: bool = True) -> None:
        super().__init__(self.prove if answers else hang)
        self.badge = Badge(claims, key.sign)

    async def prove(self, asked: Command) -> AsyncIterator[Progress]:
        yield Progress(state=AckState.COMPLETED, output=self.badge.prove(asked.device, asked.input["challenge"]))


async def carried(house: House, device: str, lamp: Lamp, *, additions: Any = PROVES) -> list[tuple[str, Any]]:
    """Take an appliance into the home, which says its certificates; return what they are worth once it was asked."""
    await house.home.attach(Description(id=device, kind="light", additions=additions), lamp)
    house.home.report(Report(device=device, values={"power": True, "identity": IDENTITY, "claims": lamp.badge.claims}))
    return await worth(house, device)


async def worth(house: House, device: str) -> list[tuple[str, Any]]:
    await until(lambda: house.home.claims.settled(house.home.twin(device)))
    return [(each["outcome"], each["step"]) for each in await house.home.claims.standings(house.home.twin(device))]


@asynccontextmanager
async def believing(folder: Path, shelf: Shelf | None = None) -> AsyncIterator[House]:
    async with living(folder, clock=HandClock(NOW + DAY), library=LIBRARY) as house:
        shelf = shelf or Shelf(TRUST, statuses())
        house.home.claims._shelf = lambda: shelf
        yield house


async def test_g4_the_appliance_it_was_given_to_proves_its_key_and_a_copy_on_another_is_rejected(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM])) == [("verified", None)]
        assert await carried(house, "lamp-2", Lamp(COPY, [CLAIM])) == [("rejected", "possession")]
        assert await worth(house, "lamp-1") == [("verified", None)], "the copy does the other no harm"


async def test_g4_a_makers_own_word_is_called_that_and_a_copy_of_it_is_rejected_as_well(tmp_path: Path) -> None:
    own = certified(MAKER, facts=RUN, status="").jws
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [own])) == [("self-declared", "issuer")]
        assert await carried(house, "lamp-2", Lamp(COPY, [own])) == [("rejected", "possession")]


async def test_g4_one_that_cannot_prove_any_key_is_rejected_too(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM]), additions={}) == [("rejected", "possession")]


async def test_g4_an_answer_fetched_from_the_genuine_one_proves_nothing(tmp_path: Path) -> None:
    class Relay(Lamp):
        """A copy that has the genuine appliance, which is `lamp-1`, answer in its place."""

        async def prove(self, asked: Command) -> AsyncIterator[Progress]:
            yield Progress(state=AckState.COMPLETED, output=self.badge.prove("lamp-1", asked.input["challenge"]))

    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-2", Relay(UNIT, [CLAIM])) == [("rejected", "possession")]


async def test_g4_an_answer_from_before_proves_nothing(tmp_path: Path) -> None:
    class Replay(Lamp):
        """Says again what was said to another question."""

        async def prove(self, asked: Command) -> AsyncIterator[Progress]:
            yield Progress(state=AckState.COMPLETED, output=self.badge.prove(asked.device, "A" * 43))

    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Replay(UNIT, [CLAIM])) == [("rejected", "possession")]


async def test_g4_one_that_does_not_answer_is_not_verified_and_a_refusal_is_told(tmp_path: Path) -> None:
    async def refuse(_: Command) -> AsyncIterator[Progress]:
        yield Progress(state=AckState.FAILED, error={"code": "device-error", "title": "no", "detail": "the chip is broken"})

    async with believing(tmp_path) as house:
        lamp = Lamp(UNIT, [CLAIM])
        lamp.play = refuse
        assert await carried(house, "lamp-1", lamp) == [("unverified", "possession")]
        told = (await house.home.claims.standings(house.home.twin("lamp-1")))[0]
        assert "the chip is broken" in told["reason"]


async def test_what_the_home_thinks_follows_its_lists_and_the_calendar(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM])) == [("verified", None)]
        number = (await house.home.claims.standings(house.home.twin("lamp-1")))[0]["number"]
        house.home.claims._shelf = lambda: Shelf(TRUST, statuses(revoked={number: "2027-01-15"}))
        assert await worth(house, "lamp-1") == [("rejected", "status")]
        house.home.claims._shelf = lambda: Shelf(TRUST, statuses())
        house.clock.jump(8 * DAY)
        assert await worth(house, "lamp-1") == [("unverified", "status")]
        house.clock.jump(400 * DAY)
        assert await worth(house, "lamp-1") == [("rejected", "dates")]


async def test_other_claims_are_asked_about_anew_and_none_is_nothing(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        lamp = Lamp(UNIT, [])
        assert await carried(house, "lamp-1", lamp) == []
        assert lamp.got == []
        house.report("lamp-1", claims=[CLAIM, "rubbish", certified(facts=RUN, bound_key=COPY.public).jws])
        assert await worth(house, "lamp-1") == [("verified", None), ("rejected", "parse"), ("rejected", "possession")]
        assert [(asked.operation, asked.name, asked.principal) for asked in lamp.got] == 2 * [(Operation.INVOKE_ACTION, "proveKey", ASKER)]
        house.report("lamp-1", claims=[certified(facts=RUN).jws])
        assert await worth(house, "lamp-1") == [("verified", None)]
        assert len(lamp.got) == 3, "whatever it proved of others"
        house.report("lamp-1", claims=[])
        assert await worth(house, "lamp-1") == []


async def test_a_proof_ends_with_the_session_that_carried_it(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM])) == [("verified", None)]
        house.home.detach("lamp-1", "gone")
        assert await worth(house, "lamp-1") == [("unverified", "possession")]
        assert await carried(house, "lamp-1", Lamp(COPY, [CLAIM])) == [("rejected", "possession")]


async def test_one_that_repeats_itself_is_asked_again_after_an_hour_and_sooner_where_it_did_not_answer(tmp_path: Path) -> None:
    async def refuse(_: Command) -> AsyncIterator[Progress]:
        yield Progress(state=AckState.FAILED, error={"code": "device-error", "title": "no", "detail": "not now"})

    async with believing(tmp_path) as house:
        lamp = Lamp(UNIT, [CLAIM])
        lamp.play = refuse
        asked = []
        for seconds, play in ((0, lamp.prove), (61, lamp.prove), (61, lamp.prove), (3600, lamp.prove)):
            await house.clock.advance(seconds, step=60)
            await carried(house, "lamp-1", lamp)
            lamp.play = play
            asked.append(len(lamp.got))
        assert asked == [1, 2, 2, 3]
        assert await worth(house, "lamp-1") == [("verified", None)]


async def test_a_device_that_was_forgotten_is_asked_nothing_more(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        lamp = Lamp(UNIT, [CLAIM], answers=False)
        await house.home.attach(Description(id="lamp-1", kind="light", additions=PROVES), lamp)
        house.home.report(Report(device="lamp-1", values={"claims": [CLAIM]}))
        await until(lambda: bool(lamp.got))
        await house.home.forget("lamp-1")
        assert "lamp-1" not in house.home.claims._asked


async def test_a_full_disk_leaves_it_unverified_and_the_home_goes_on(tmp_path: Path) -> None:
    async def full(_: Command) -> Run:
        raise StorageFailed("the disk is full")

    async with believing(tmp_path) as house:
        house.home.claims._submit = full
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM])) == [("unverified", "possession")]
        assert "disk is full" in (await house.home.claims.standings(house.home.twin("lamp-1")))[0]["reason"]


async def test_without_the_library_it_is_unverified_and_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.hazmat.primitives.asymmetric", None)
    async with believing(tmp_path) as house:
        assert await carried(house, "lamp-1", Lamp(UNIT, [CLAIM])) == [("unverified", "signature")]
        assert "hulian[trust]" in (await house.home.claims.standings(house.home.twin("lamp-1")))[0]["reason"]


async def test_anybody_else_may_ask_the_appliance_as_well(tmp_path: Path) -> None:
    async with believing(tmp_path) as house:
        await carried(house, "lamp-1", Lamp(UNIT, [CLAIM]))
        ask = command(Operation.INVOKE_ACTION, "proveKey", {"challenge": "B" * 43}, device="lamp-1")
        ack = await ended(await house.home.submit(ask))
        assert ack.output["signed"] == "hulian-prove-key-1\nlamp-1\n" + "B" * 43
        short = command(Operation.INVOKE_ACTION, "proveKey", {"challenge": "B"}, device="lamp-1")
        refused = await ended(await house.home.submit(short))
        assert refused.error is not None
        assert refused.error["code"] == "schema"
