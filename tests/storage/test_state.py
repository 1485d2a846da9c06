import sqlite3
from pathlib import Path
from types import MappingProxyType

import pytest

from gateway.storage.commands import CommandRecord
from gateway.storage.devices import DeviceRecord
from gateway.storage.state import StateStore
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command, Operation, Version
from gateway.thing.description import Description, Link, Locality, Relation
from gateway.thing.principal import LOCAL


async def test_every_start_counts_and_the_identifier_stays(tmp_path: Path) -> None:
    for boot in (1, 2, 3):
        async with StateStore(tmp_path / "state.db") as store:
            assert await store.begin_boot() == boot
            assert await store.identifier(lambda boot=boot: f"gw-{boot}") == "gw-1"  # type: ignore[misc]


async def test_settings_keep_json(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        assert await store.setting("inbox-rules") is None
        await store.keep("inbox-rules", {"accept": ["light"], "n": 1.5})
    async with StateStore(tmp_path / "state.db") as store:
        assert await store.setting("inbox-rules") == {"accept": ["light"], "n": 1.5}


async def test_devices_come_back_as_they_were(tmp_path: Path) -> None:
    description = Description(
        id="ac-1",
        kind="air-conditioner",
        features=("HEAT", "HUM"),
        narrowing=MappingProxyType({"targetTemperature": {"maximum": 30}}),
        identity={"maker": "Acme"},
        locality=Locality.CLOUD,
        links=(Link(relation=Relation.COLLECTION, thing="urn:uuid:1", name="hood"),),
    )
    records = (
        DeviceRecord(description=description, name="Bedroom", room="up", tags=("a", "b"), seen=5.5),
        DeviceRecord(description=Description(id="l", kind="light")),
    )
    async with StateStore(tmp_path / "state.db") as store:
        for record in records:
            await store.devices.save(record)
        await store.devices.save(DeviceRecord(description=Description(id="gone", kind="light")))
        await store.devices.remove("gone")
        await store.devices.seen({"l": 7.0, "nobody": 1.0})
    async with StateStore(tmp_path / "state.db") as store:
        first, second = await store.devices.all()
        assert first.description.links == description.links
        assert (first.description.narrowing, first.description.features) == ({"targetTemperature": {"maximum": 30}}, ("HEAT", "HUM"))
        assert (first.name, first.room, first.tags, first.seen, first.description.locality) == (
            "Bedroom",
            "up",
            ("a", "b"),
            5.5,
            Locality.CLOUD,
        )
        assert (second.description.id, second.seen) == ("l", 7.0)


async def test_what_an_earlier_version_called_a_devices_need_is_still_understood(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        await store.devices.save(DeviceRecord(description=Description(id="ac-1", kind="air-conditioner")))
    with sqlite3.connect(tmp_path / "state.db") as file:
        file.execute("""UPDATE devices SET description = replace(description, '"local"', '"local-with-heartbeat"')""")
    file.close()
    async with StateStore(tmp_path / "state.db") as store:
        (record,) = await store.devices.all()
        assert record.description.locality is Locality.NEEDS_INTERNET


def test_every_need_has_words_for_people() -> None:
    assert len({locality.sentence for locality in Locality}) == len(Locality)
    with pytest.raises(ValueError, match="nonsense"):
        Locality.stored("nonsense")


async def test_documents_are_replaced_and_removed_by_driver_and_key(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        await store.registrations.put("midea", "k1", {"address": "127.0.0.2"})
        await store.registrations.put("native", "k1", {"address": "127.0.0.3"})
        await store.registrations.put("midea", "k1", {"address": "127.0.0.4"})
        await store.registrations.remove("native", "k1")
        (entry,) = await store.registrations.all()
        assert (entry.driver, entry.key, entry.document) == ("midea", "k1", {"address": "127.0.0.4"})
        assert await store.inbox.all() == ()


def made(number: int, **more: float | None) -> Command:
    return Command(
        id=f"c{number}",
        device="ac-1",
        operation=Operation.WRITE_MULTIPLE,
        name="",
        input={"mode": "heat", "n": number},
        principal=LOCAL,
        why="scene",
        **more,  # type: ignore[arg-type]
    )


async def test_commands_come_back_with_how_far_they_had_come(tmp_path: Path) -> None:
    ack = Ack(
        id="c3",
        device="ac-1",
        operation=Operation.WRITE_MULTIPLE,
        name="",
        state=AckState.COMPLETED,
        at=100.25,
        version=Version(2, 7),
        output={"x": 1},
    )
    async with StateStore(tmp_path / "state.db") as store:
        for number in (1, 2, 3):
            await store.commands.add(CommandRecord(command=made(number, expires=50.0 + number), accepted=10.0 + number))
        await store.commands.sent(made(2))
        await store.commands.end(made(3), ack)
    async with StateStore(tmp_path / "state.db") as store:
        first, second, third = await store.commands.recent(100.0, 10)
        assert first == CommandRecord(command=made(1, expires=51.0), accepted=11.0)
        assert second == CommandRecord(command=made(2, expires=52.0), accepted=12.0, sent=True)
        assert (third.ended, third.ack) == (100.25, ack)
        assert await store.commands.find("local", "c3") == third
        assert await store.commands.find("other", "c3") is None


async def test_only_recently_ended_commands_are_kept_and_open_ones_always(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        for number in range(5):
            ack = Ack(id=f"c{number}", device="ac-1", operation=Operation.WRITE_MULTIPLE, name="", state=AckState.FAILED, at=100.0 + number)
            await store.commands.add(CommandRecord(command=made(number), accepted=1.0, ended=ack.at, ack=ack))
        await store.commands.add(CommandRecord(command=made(9), accepted=1.0))
        assert [record.command.id for record in await store.commands.recent(101.0, 2)] == ["c3", "c4", "c9"]
        await store.commands.prune(103.0)
        assert [record.command.id for record in await store.commands.recent(0.0, 10)] == ["c3", "c4", "c9"]
