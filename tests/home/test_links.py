"""Links between appliances: who may make them, what they protect, and that none is lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.errors import CommandError, Forbidden, NeedsConfirmation, Offline, RateExceeded, SchemaViolation, StateConflict, Unknown
from gateway.home.change import Described
from gateway.home.links import links as links_module
from gateway.home.links.memory import Remembering
from gateway.profile.thing_description import thing_id
from gateway.storage.links import LinkRecord
from gateway.thing.ack import AckState
from gateway.thing.command import Command, Operation
from gateway.thing.description import Description
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.thing.report import Report
from gateway.thing.session import Progress
from tests.home.kit import House, Obedient, Stub, command, living, turns
from tests.home.links_kit import LIBRARY, OTHER_OWNER, OWNER, WITHHELD, forgetful, put, remembering, told, write_many

USER = Principal("ann", Role.USER)
OFF = {"power": False}


def at_home(folder: Path) -> Any:
    return living(folder, library=LIBRARY)


def documents(house: House, device: str) -> list[tuple[str, str]]:
    return [(link["rel"], link["href"]) for link in house.home.thing_description(device).document["links"]]


async def test_a_plug_without_memory_says_what_the_gateway_remembers_for_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "fridge-1", "refrigerator")
        tie = await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        assert (tie.by, tie.told) == ("olga", False)
        state = house.home.document("plug-1")
        assert (state["feeds"], state["feedsKind"]) == ("fridge-1", "refrigerator")
        assert "q" not in state["$"]
        house.home.report(Report(device="plug-1", values={"power": True, "feeds": "", "feedsKind": "none"}, complete=True))
        assert house.home.document("plug-1")["feeds"] == "fridge-1"
        assert told(house.home.links.of("fridge-1")) == told(house.home.links.all()) == [("plug-1", "feeds", "fridge-1")]


async def test_both_ends_tell_the_link_in_their_thing_description_and_say_that_it_changed(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "fridge-1", "refrigerator")
        async with house.home.subscribe() as changes:
            await anext(changes)
            await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
            assert ("hl:feeds", thing_id("fridge-1")) in documents(house, "plug-1")
            assert ("hl:fedBy", thing_id("plug-1")) in documents(house, "fridge-1")
            await house.home.links.unlink("plug-1", "feeds", None, OWNER, confirmed=True)
            assert [rel for rel, _ in documents(house, "plug-1") + documents(house, "fridge-1")] == ["type", "type"]
            described: list[str] = []
            while len(described) < 4:
                change = await anext(changes)
                described += [change.device] if isinstance(change, Described) else []
            assert sorted(described) == ["fridge-1", "fridge-1", "plug-1", "plug-1"]


async def test_feeds_of_a_plug_without_memory_can_be_written_and_the_plug_hears_nothing_of_it(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await forgetful(house)
        await put(house, "lamp-1", "light")
        properties = house.home.thing_description("plug-1").document["properties"]
        assert not any(properties[name].get("readOnly") or "hl:reason" in properties[name] for name in ("feeds", "feedsKind"))
        ack = await write_many(house, "plug-1", {"feeds": "lamp-1", "feedsKind": "light"}, USER)
        assert ack["state"] == "completed"
        assert session.got == []
        assert house.home.links.all()[0].by == "ann"
        ack = await write_many(house, "plug-1", {"feeds": "", "power": False}, USER)
        assert ack["state"] == "completed"
        assert [got.input for got in session.got] == [OFF]
        assert (house.home.links.all(), house.home.document("plug-1")["feedsKind"]) == ((), "none")


async def test_what_the_plug_refuses_of_a_write_leaves_its_link_as_it_was(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await forgetful(house)
        await put(house, "lamp-1", "light")

        async def broken(_: Any) -> Any:
            raise StateConflict("its relay is welded")
            yield

        session.execute = broken  # type: ignore[method-assign, assignment]
        ack = await write_many(house, "plug-1", {"feeds": "lamp-1", "powerOnState": "off"})
        assert (ack["state"], house.home.links.all()) == ("failed", ())


async def test_nothing_is_remembered_after_the_unit_said_that_it_failed() -> None:
    kept: list[str] = []

    async def keep(device: str, *_: object) -> None:
        kept.append(device)

    async def fails(_: Command) -> AsyncIterator[Progress]:
        yield Progress(state=AckState.FAILED)

    session = Remembering(Stub(fails), frozenset({"feeds"}), keep)
    asked = command(Operation.WRITE_MULTIPLE, "", {"feeds": "lamp-1", "power": True}, device="plug-1")
    assert [stage.state async for stage in session.execute(asked)] == [AckState.FAILED]
    assert kept == []


@pytest.mark.parametrize("plug", [forgetful, remembering])
@pytest.mark.parametrize(
    "written",
    [OFF, {**OFF, "feedsKind": "none"}, {**OFF, "feeds": "", "feedsKind": "none"}, {**OFF, "feeds": "lamp-1", "feedsKind": "light"}],
)
async def test_what_feeds_a_refrigerator_is_cut_off_only_by_a_person(tmp_path: Path, plug: Any, written: dict[str, Any]) -> None:
    async with at_home(tmp_path) as house:
        session = await plug(house)
        await put(house, "fridge-1", "refrigerator")
        await put(house, "lamp-1", "light")
        await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        heard = len(session.got)
        ack = await write_many(house, "plug-1", written)
        assert ack["state"] == "rejected"
        assert ack["error"]["code"] in {"needs-confirm", "state-conflict"}
        assert len(session.got) == heard
        bare = await write_many(house, "plug-1", OFF, Principal("bare", Role.USER, known=False))
        assert (bare["error"]["code"], "confirm" in bare["error"]) == ("needs-confirm", False)
        if token := ack["error"].get("confirm"):
            assert (await write_many(house, "plug-1", written, confirmation=token))["state"] == "completed"
            assert house.home.document("plug-1")["power"] is False


@pytest.mark.parametrize(("asks", "written"), [(True, "off"), (False, "last"), (False, "on")])
async def test_what_feeds_a_refrigerator_is_not_set_to_stay_off_after_a_power_cut_without_a_person(
    tmp_path: Path, asks: bool, written: str
) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        ack = await write_many(house, "plug-1", {"powerOnState": written})
        assert ((ack.get("error") or {}).get("code") == "needs-confirm") is asks
        if asks:
            assert (await write_many(house, "plug-1", {"powerOnState": written}, confirmation=ack["error"]["confirm"]))[
                "state"
            ] != "rejected"


@pytest.mark.parametrize("linked", [True, False])
async def test_what_only_its_vendor_knows_is_not_done_to_a_plug_that_feeds_a_refrigerator_without_a_person(
    tmp_path: Path, linked: bool
) -> None:
    added = {
        "properties": {
            "countdown": {"tm:ref": "./mixin-switching-1.yaml#/properties/countdown"},
            "x-acme-inching": {"type": "boolean", "title": "Inching"},
        },
        "actions": {"setInching": {"tm:ref": "./mixin-switching-1.yaml#/actions/setInching"}, "x-acme-blink": {"title": "Blink"}},
    }
    async with at_home(tmp_path) as house:
        session = await forgetful(house)
        await house.home.attach(Description(id="plug-1", kind="plug", narrowing=WITHHELD, additions=added), session)
        await put(house, "fridge-1", "refrigerator")
        if linked:
            await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        asked = [
            command(Operation.WRITE_PROPERTY, "countdown", 5, device="plug-1"),
            command(Operation.WRITE_PROPERTY, "x-acme-inching", True, device="plug-1"),
            command(Operation.INVOKE_ACTION, "setInching", {"time": 5}, device="plug-1"),
            command(Operation.INVOKE_ACTION, "x-acme-blink", None, device="plug-1"),
        ]
        for each in asked:
            ack = await (await house.home.submit(each)).terminal(20)
            assert ack is not None
            assert ((ack.error or {}).get("code") == "needs-confirm") is linked, each.name


@pytest.mark.parametrize("plug", [forgetful, remembering])
async def test_cutting_off_and_linking_in_the_same_breath_is_cutting_off(tmp_path: Path, plug: Any) -> None:
    async with at_home(tmp_path) as house:
        await plug(house)
        await put(house, "fridge-1", "refrigerator")
        ack = await write_many(house, "plug-1", {**OFF, "feeds": "fridge-1"})
        assert ack["error"]["code"] == "needs-confirm"


async def test_the_home_knows_the_kind_though_the_plug_says_another(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await put(house, "fridge-1", "refrigerator")
        await remembering(house, feeds="fridge-1", feedsKind="light")
        assert (await write_many(house, "plug-1", OFF))["error"]["code"] == "needs-confirm"


async def test_a_refrigerator_behind_two_plugs_is_protected_by_both(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, "outer")
        await remembering(house, "inner", feeds="fridge-1", feedsKind="refrigerator")
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("outer", "feeds", "inner", OWNER)
        assert house.home.document("outer")["feedsKind"] in {"plug", "none"}
        assert (await write_many(house, "outer", OFF))["error"]["code"] == "needs-confirm"


@pytest.mark.parametrize("plug", [forgetful, remembering])
@pytest.mark.parametrize("written", [{"feeds": ""}, {"feeds": "", "feedsKind": "none"}, {"feeds": "lamp-1", "feedsKind": "light"}])
async def test_protection_is_taken_away_only_by_a_person(tmp_path: Path, plug: Any, written: dict[str, Any]) -> None:
    async with at_home(tmp_path) as house:
        await plug(house)
        await put(house, "fridge-1", "refrigerator")
        await put(house, "lamp-1", "light")
        await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        ack = await write_many(house, "plug-1", written)
        assert ack["error"]["code"] == "needs-confirm"
        with pytest.raises(NeedsConfirmation):
            await house.home.links.unlink("plug-1", "feeds", None, OWNER)
        with pytest.raises(NeedsConfirmation):
            await house.home.links.link("plug-1", "feeds", "lamp-1", OWNER)
        assert house.home.document("plug-1")["feeds"] == "fridge-1"
        await house.home.links.link("plug-1", "feeds", "lamp-1", OWNER, confirmed=True)
        assert told(house.home.links.all()) == [("plug-1", "feeds", "lamp-1")]
        assert (await write_many(house, "plug-1", OFF))["state"] == "completed"


async def test_a_kind_without_a_place_in_the_home_is_remembered_and_protected(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        assert (await write_many(house, "plug-1", {"feedsKind": "refrigerator"}))["state"] == "completed"
        assert house.home.document("plug-1")["feedsKind"] == "refrigerator"
        assert (await write_many(house, "plug-1", {**OFF, "feedsKind": "none"}))["error"]["code"] == "needs-confirm"
        assert (await write_many(house, "plug-1", {"feedsKind": "none"}))["error"]["code"] == "needs-confirm"
    async with at_home(tmp_path) as house:
        await forgetful(house)
        assert (await write_many(house, "plug-1", OFF))["error"]["code"] == "needs-confirm"


@pytest.mark.parametrize("plug", [forgetful, remembering])
async def test_a_kind_is_not_written_against_what_the_home_knows(tmp_path: Path, plug: Any) -> None:
    async with at_home(tmp_path) as house:
        await plug(house)
        await put(house, "lamp-1", "light")
        await house.home.links.link("plug-1", "feeds", "lamp-1", OWNER)
        ack = await write_many(house, "plug-1", {"feedsKind": "fan"})
        assert (ack["error"]["code"], ack["error"]["property"]) == ("state-conflict", "feedsKind")
        assert (await write_many(house, "plug-1", {"feedsKind": "light"}))["state"] == "completed"


async def test_a_link_survives_a_restart_and_the_time_before_the_plug_is_there(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
    async with at_home(tmp_path) as house:
        assert [(tie.by, tie.made) for tie in house.home.links.of("plug-1")] == [("olga", house.clock.now())]
        await forgetful(house)
        assert house.home.document("plug-1")["feeds"] == "fridge-1"
        assert (await write_many(house, "plug-1", OFF))["error"]["code"] == "needs-confirm"


@pytest.mark.parametrize("end", ["plug-1", "fridge-1"])
async def test_links_go_with_a_device_that_is_forgotten(tmp_path: Path, end: str) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "fridge-1", "refrigerator")
        await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        await house.home.forget(end)
        other = "fridge-1" if end == "plug-1" else "plug-1"
        assert house.home.links.all() == house.home.links.of(other) == ()
        assert [rel for rel, _ in documents(house, other)] == ["type"]
        assert await house.store.links.all() == ()
        if other == "plug-1":
            assert house.home.document(other)["feeds"] == ""
        await (forgetful(house) if end == "plug-1" else put(house, "fridge-1", "refrigerator"))
        assert house.home.links.all() == ()


async def test_a_native_plug_is_told_and_its_own_word_is_the_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        session = await remembering(house)
        await put(house, "fridge-1", "refrigerator")
        tie = await house.home.links.link("plug-1", "feeds", "fridge-1", OWNER)
        assert tie.told
        assert [got.input for got in session.got] == [{"feeds": "fridge-1", "feedsKind": "refrigerator"}]
        assert await house.store.links.all() == ()
        house.home.report(Report(device="plug-1", values={"feeds": "", "feedsKind": "none"}))
        assert house.home.links.all() == ()
        house.home.report(Report(device="plug-1", values={"feeds": "nobody-here"}))
        assert house.home.links.all() == ()
        await put(house, "nobody-here", "light")
        assert ("hl:fedBy", thing_id("plug-1")) in documents(house, "nobody-here")


async def test_a_native_plug_that_is_away_cannot_be_linked_and_says_so(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await remembering(house)
        await put(house, "lamp-1", "light")
        house.home.detach("plug-1", "no answer")
        with pytest.raises(Offline, match="no answer"):
            await house.home.links.link("plug-1", "feeds", "lamp-1", OWNER)


async def test_remotes_and_chargers_are_linked_to_several(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await put(house, "charger-1", "charger")
        await put(house, "ir-1", "ir-remote", operatingState="idle")
        for device, kind in (("tv-1", "uhd-tv"), ("ac-1", "air-conditioner"), ("phone-1", "phone"), ("phone-2", "phone")):
            await put(house, device, kind)
        for source, word, target in (
            ("ir-1", "controls", "tv-1"),
            ("ir-1", "controls", "ac-1"),
            ("charger-1", "charges", "phone-1"),
            ("charger-1", "charges", "phone-2"),
        ):
            await house.home.links.link(source, word, target, OWNER)
        assert told(house.home.links.of("ir-1")) == [("ir-1", "controls", "tv-1"), ("ir-1", "controls", "ac-1")]
        assert ("hl:controlledBy", thing_id("ir-1")) in documents(house, "tv-1")
        assert ("hl:chargedBy", thing_id("charger-1")) in documents(house, "phone-2")
        await house.home.links.unlink("ir-1", "controls", "tv-1", OWNER)
        assert told(house.home.links.of("ir-1")) == [("ir-1", "controls", "ac-1")]
        await house.home.links.unlink("charger-1", "charges", None, OWNER)
        assert told(house.home.links.all()) == [("ir-1", "controls", "ac-1")]


@pytest.mark.parametrize("memory", [True, False])
async def test_a_remote_that_can_be_told_is_told_and_one_that_cannot_keeps_its_own_word(tmp_path: Path, memory: bool) -> None:
    narrowing: dict[str, Any] = {} if memory else {"bindsTo": {"readOnly": True}}
    async with at_home(tmp_path) as house:
        session = Obedient()
        session.home = house.home
        await house.home.attach(Description(id="ir-1", kind="ir-remote", features=("BND",), narrowing=narrowing), session)
        house.home.report(Report(device="ir-1", values={"operatingState": "idle", "bindsTo": ["ac-1"]}))
        await put(house, "tv-1", "uhd-tv")
        await put(house, "ac-1", "air-conditioner")
        await house.home.links.link("ir-1", "controls", "tv-1", OWNER)
        assert house.home.document("ir-1")["bindsTo"] == ["ac-1", "tv-1"][: 2 if memory else 1]
        assert told(house.home.links.of("ir-1")) == [("ir-1", "controls", "ac-1"), ("ir-1", "controls", "tv-1")]
        assert bool(session.got) is memory
        if not memory:
            with pytest.raises(StateConflict, match="itself says that it controls ac-1"):
                await house.home.links.unlink("ir-1", "controls", "ac-1", OWNER)
        await house.home.links.unlink("ir-1", "controls", "tv-1", OWNER)
        assert told(house.home.links.of("ir-1")) == [("ir-1", "controls", "ac-1")]


@pytest.mark.parametrize(
    ("source", "word", "target", "error", "says"),
    [
        ("fridge-1", "feeds", "lamp-1", StateConflict, "feeds nothing; a plug does"),
        ("lamp-1", "controls", "fridge-1", StateConflict, "a ir-remote or remote-control does"),
        ("plug-1", "feeds", "plug-1", StateConflict, "cannot be its own source"),
        ("plug-2", "feeds", "plug-1", StateConflict, "circle"),
        ("plug-3", "feeds", "plug-1", StateConflict, "circle"),
        ("plug-4", "feeds", "plug-2", StateConflict, "plug-1 feeds plug-2 already"),
        ("plug-4", "feeds", "ghost-1", Unknown, "no device ghost-1"),
        ("ghost-1", "feeds", "plug-1", Unknown, "no device ghost-1"),
        ("plug-4", "eats", "lamp-1", SchemaViolation, "there is feeds, controls, charges"),
    ],
)
async def test_what_cannot_be_is_refused_with_the_reason(
    tmp_path: Path, source: str, word: str, target: str, error: type[CommandError], says: str
) -> None:
    async with at_home(tmp_path) as house:
        for plug in ("plug-1", "plug-2", "plug-3"):
            await forgetful(house, plug)
        await remembering(house, "plug-4")
        await put(house, "fridge-1", "refrigerator")
        await put(house, "lamp-1", "light")
        await house.home.links.link("plug-1", "feeds", "plug-2", OWNER)
        await house.home.links.link("plug-2", "feeds", "plug-3", OWNER)
        with pytest.raises(error, match=says):
            await house.home.links.link(source, word, target, OWNER)
        assert len(house.home.links.all()) == 2
        if word == "feeds" and source.startswith("plug-"):
            ack = await write_many(house, source, {"feeds": target})
            assert ack["state"] == ("completed" if (source, target) == ("plug-4", "ghost-1") else "rejected")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.USER, Role.SERVICE, Role.FACTORY, Role.DEVICE])
async def test_only_an_owner_links(tmp_path: Path, role: Role) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        await put(house, "lamp-1", "light")
        with pytest.raises(Forbidden):
            await house.home.links.link("plug-1", "feeds", "lamp-1", Principal("x", role))
        await house.home.links.link("plug-1", "feeds", "lamp-1", LOCAL)
        with pytest.raises(Forbidden):
            await house.home.links.unlink("plug-1", "feeds", None, Principal("x", role))


async def test_two_owners_at_once_do_not_feed_one_appliance_twice(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house, "plug-1")
        await forgetful(house, "plug-2")
        await put(house, "lamp-1", "light")
        ends = await asyncio.gather(
            house.home.links.link("plug-1", "feeds", "lamp-1", OWNER),
            house.home.links.link("plug-2", "feeds", "lamp-1", OTHER_OWNER),
            house.home.links.link("plug-1", "feeds", "plug-2", OWNER),
            house.home.links.link("plug-2", "feeds", "plug-1", OTHER_OWNER),
            return_exceptions=True,
        )
        assert sum(isinstance(end, StateConflict) for end in ends) == 2
        assert len({tie.target for tie in house.home.links.all()}) == len(house.home.links.all())


async def test_a_device_forgotten_while_it_is_linked_leaves_no_link(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await forgetful(house)
        for number in range(20):
            await put(house, f"lamp-{number}", "light")
            linking = asyncio.create_task(house.home.links.link("plug-1", "feeds", f"lamp-{number}", OWNER))
            await turns(number)
            await house.home.forget(f"lamp-{number}")
            await asyncio.wait({linking})
            assert house.home.links.all() == ()
            assert house.home.document("plug-1")["feeds"] == ""
            assert not [row for row in await house.store.links.all() if row.target == f"lamp-{number}"]


async def test_links_of_a_large_home_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links_module, "LIMIT", 3)
    async with at_home(tmp_path) as house:
        await put(house, "charger-1", "charger")
        for number in range(4):
            await put(house, f"phone-{number}", "phone")
        for number in range(3):
            await house.home.links.link("charger-1", "charges", f"phone-{number}", OWNER)
        with pytest.raises(RateExceeded, match="unlink"):
            await house.home.links.link("charger-1", "charges", "phone-3", OWNER)
        assert len(house.home.links.all()) == len(await house.store.links.all()) == 3


async def test_no_source_has_more_targets_than_its_profile_has_room_for(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await put(house, "charger-1", "charger")
        for number in range(33):
            await put(house, f"phone-{number}", "phone")
        for number in range(32):
            await house.home.links.link("charger-1", "charges", f"phone-{number}", OWNER)
        with pytest.raises(SchemaViolation, match="at most 32"):
            await house.home.links.link("charger-1", "charges", "phone-32", OWNER)


async def test_what_appliances_say_in_a_circle_ends_nothing(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await remembering(house, "plug-1", feeds="plug-2")
        await remembering(house, "plug-2", feeds="plug-1", feedsKind="refrigerator")
        assert (await write_many(house, "plug-1", OFF))["error"]["code"] == "needs-confirm"


async def test_who_linked_is_written_down_and_a_full_disk_links_nothing(tmp_path: Path) -> None:
    entries: list[tuple[Any, ...]] = []

    async def audit(what: str, *, actor: str = "", target: str = "", **detail: Any) -> None:
        entries.append((what, actor, target, detail["relation"], detail["other"]))

    async with at_home(tmp_path) as house:
        house.home.links._linking._audit = audit
        await forgetful(house)
        await put(house, "lamp-1", "light")
        await put(house, "lamp-2", "light")
        await house.home.links.link("plug-1", "feeds", "lamp-1", OWNER)
        await house.home.links.link("plug-1", "feeds", "lamp-2", OTHER_OWNER)
        await write_many(house, "plug-1", {"feeds": ""}, USER)
    assert entries == [
        ("linked", "olga", "plug-1", "feeds", "lamp-1"),
        ("linked", "otto", "plug-1", "feeds", "lamp-2"),
        ("unlinked", "otto", "plug-1", "feeds", "lamp-1"),
        ("unlinked", "ann", "plug-1", "feeds", "lamp-2"),
    ]


async def test_a_change_of_links_is_all_or_nothing_on_disk(tmp_path: Path) -> None:
    async with at_home(tmp_path) as house:
        await put(house, "charger-1", "charger")
        await put(house, "phone-1", "phone")
        there = LinkRecord(source="charger-1", relation="charges", target="phone-1", by="olga", made=1.0)
        await house.store.links.change((), [there])
        ghost = LinkRecord(source="charger-1", relation="charges", target="ghost")
        with pytest.raises(Unknown):
            await house.store.links.change([there], [LinkRecord(source="charger-1", relation="charges"), ghost])
        assert await house.store.links.all() == (there,)
