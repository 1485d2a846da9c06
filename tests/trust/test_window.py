"""The pairing window: who may open it, for how long, and everything that closes it."""

import asyncio
import random
from contextlib import suppress

import pytest

from gateway.errors import BadSyntax, Forbidden, RateExceeded, StateConflict, StorageFailed
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.access import ProductState
from gateway.trust.edhoc import new_key
from gateway.trust.invitation import new_code
from gateway.trust.pin import new_pin
from gateway.trust.window import HUB, TRIES_LIMIT, Ended, Window, delay_after
from tests.kit.pairing import Disk, Hub, a_hub

OWNER = Principal("ann-1", Role.OWNER)


async def try_once(hub: Hub) -> None:
    await hub.window.count("pin")
    await hub.window.missed("198.51.100.1")
    await hub.disk.clock.advance(30, step=30)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.USER, Role.SERVICE, Role.FACTORY, Role.DEVICE])
async def test_only_an_owner_opens_it(role: Role) -> None:
    async with a_hub() as hub:
        with pytest.raises(Forbidden):
            await hub.window.open(Role.OWNER, Principal("somebody", role))
        assert hub.window.now_open is None


async def test_a_second_opener_is_refused_and_told_who_has_it() -> None:
    async with a_hub() as hub:
        await hub.window.open(Role.USER, OWNER)
        with pytest.raises(StateConflict, match="ann-1 opened it for the role user; it closes in 300 s"):
            await hub.window.open(Role.OWNER, LOCAL)
        assert hub.window.required().by == "ann-1"


async def test_of_two_who_open_at_the_same_moment_one_has_it() -> None:
    async with a_hub() as hub:
        results = await asyncio.gather(hub.window.open(Role.USER, OWNER), hub.window.open(Role.VIEWER, LOCAL), return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["StateConflict", "Window"]


async def test_who_is_put_out_leaves_no_open_window_behind() -> None:
    async with a_hub() as hub:
        opener, other = [await hub.clients.add(name, Role.OWNER, LOCAL) for name in ("opener", "other")]
        await hub.window.open(Role.OWNER, opener.principal)
        await hub.clients.revoke(other.id)
        assert hub.window.required().by == opener.id
        await hub.clients.revoke(opener.id)
        assert hub.window.now_open is None
        assert hub.window.ended == Ended("stopped")


async def test_who_is_no_owner_any_more_leaves_no_open_window_behind() -> None:
    async with a_hub() as hub:
        opener, _ = [await hub.clients.add(name, Role.OWNER, LOCAL) for name in ("opener", "other")]
        await hub.window.open(Role.OWNER, opener.principal)
        await hub.clients.lower(opener.id, Role.USER)
        assert hub.window.now_open is None


async def test_the_hubs_own_window_gives_way_to_a_person() -> None:
    async with a_hub() as hub:
        first = await hub.window.open(Role.OWNER, HUB)
        second = await hub.window.open(Role.OWNER, LOCAL)
        assert first.pin != second.pin
        assert hub.window.required().id == second.id
        with pytest.raises(StateConflict):
            await hub.window.open(Role.OWNER, HUB)


async def test_it_closes_by_itself() -> None:
    async with a_hub() as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=2)
        await hub.disk.clock.advance(119, step=119)
        assert hub.access.state is ProductState.PAIRING
        await hub.disk.clock.advance(2)
        assert not hub.access.pairing
        assert hub.window.ended == Ended("time")
        assert hub.disk.journal.told == ["pairing opened", "pairing closed"]
        assert not [name for compartment, name in hub.disk.secrets.rows if compartment == "pairing"]


async def test_a_failing_disk_does_not_keep_it_open_nor_bring_the_hub_down(monkeypatch: pytest.MonkeyPatch) -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=1)

        async def failing(*_: object) -> None:
            raise StorageFailed("disk I/O error")

        with monkeypatch.context() as patch:
            patch.setattr(disk.secrets, "remove", failing)
            await disk.clock.advance(61, step=30)
        assert not hub.access.pairing
        with pytest.raises(Forbidden):
            await hub.window.count("pin")
    async with a_hub(disk) as hub:
        assert hub.window.now_open is None


def test_what_seeds_chance_repeats_no_secret() -> None:
    made = []
    for _ in range(2):
        random.seed(1)
        made.append((new_pin(), new_code(), new_key().private))
    assert not {*made[0]} & {*made[1]}


async def test_a_jump_of_the_wall_clock_neither_closes_nor_prolongs_it() -> None:
    async with a_hub() as hub:
        await hub.window.open(Role.USER, LOCAL)
        hub.disk.clock.jump(-86400.0)
        await hub.disk.clock.advance(299, step=100)
        assert hub.window.now_open is not None
        await hub.disk.clock.advance(2)
        assert hub.window.now_open is None


@pytest.mark.parametrize("minutes", [0, -1, 15.1, float("nan"), float("inf")])
async def test_an_impossible_time_is_refused(minutes: float) -> None:
    async with a_hub() as hub:
        with pytest.raises(BadSyntax):
            await hub.window.open(Role.USER, LOCAL, minutes=minutes)


@pytest.mark.parametrize(
    "wish", [{}, {"role": "king"}, {"role": "user", "minutes": True}, {"role": "user", "means": "pin"}, {"role": "user", "means": ["nfc"]}]
)
async def test_an_impossible_wish_is_refused(wish: dict[str, object]) -> None:
    async with a_hub() as hub:
        with pytest.raises(BadSyntax):
            await hub.pairing.arrange(wish, LOCAL)


async def test_each_try_makes_the_next_wait_longer() -> None:
    async with a_hub() as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=15)
        waits = []
        for _ in range(TRIES_LIMIT - 1):
            await hub.window.count("pin")
            with pytest.raises(RateExceeded) as refusal:
                await hub.window.count("pin")
            waits.append(refusal.value.extra["wait"])
            await hub.disk.clock.advance(waits[-1], step=30)
        assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30]
        assert sum(map(delay_after, range(TRIES_LIMIT))) < 300  # a person who mistypes nine times still has a tenth try


async def test_ten_tries_close_it_and_only_a_person_opens_it_again() -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        await hub.window.open(Role.OWNER, HUB, minutes=15)
        for _ in range(TRIES_LIMIT):
            await try_once(hub)
        assert hub.window.ended == Ended("tries")
    async with a_hub(disk) as hub:
        assert hub.window.exhausted
        await hub.window.open(Role.OWNER, LOCAL)
        assert not hub.window.exhausted


async def test_the_tenth_try_that_was_counted_before_a_crash_is_the_last() -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=15)
        for _ in range(TRIES_LIMIT - 1):
            await try_once(hub)
        await hub.window.count("pin")  # and then the power goes
    async with a_hub(disk) as hub:
        assert hub.window.now_open is None
        assert hub.window.exhausted


async def test_after_a_crash_a_window_is_open_for_the_rest_of_its_time_only() -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=5)
        await disk.clock.advance(200, step=100)
    async with a_hub(disk) as hub:
        assert hub.access.pairing
        await disk.clock.advance(101, step=50)
        assert hub.window.now_open is None
    async with a_hub(disk) as hub:
        assert hub.window.now_open is None


async def test_after_a_crash_a_clock_that_went_back_keeps_it_closed() -> None:
    disk = Disk()
    async with a_hub(disk) as hub:
        await hub.window.open(Role.USER, LOCAL, minutes=5)
    disk.clock.jump(-3600.0)
    async with a_hub(disk) as hub:
        assert hub.window.now_open is None


async def test_whoever_watches_hears_of_every_try_and_of_the_end() -> None:
    async with a_hub() as hub:
        window = await hub.window.open(Role.USER, LOCAL)
        heard: list[Window | Ended] = []

        async def watch() -> None:
            heard.extend([change async for change in hub.window.changes()])

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0)
        await try_once(hub)
        await hub.window.close("stopped")
        await watching
        assert heard[0] == window
        assert isinstance(heard[1], Window)
        assert heard[1].tries == 1
        assert heard[-1] == Ended("stopped")


async def test_pins_and_codes_are_fresh_each_time() -> None:
    async with a_hub() as hub:
        seen = set()
        for _ in range(20):
            window = await hub.window.open(Role.USER, LOCAL)
            seen |= {window.pin, window.code}
            await hub.window.close("stopped")
        assert len(seen) == 40


def test_pins_show_no_pattern() -> None:
    pins = [new_pin() for _ in range(4000)]
    counts = [sum(pin[place] == digit for pin in pins) for place in range(8) for digit in "0123456789"]
    assert sum((count - 400) ** 2 / 400 for count in counts) < 140  # chi-square, 72 degrees of freedom: 1 in 1,000,000


async def test_the_windows_secrets_are_sealed_on_disk_and_in_no_repr() -> None:
    async with a_hub() as hub:
        window = await hub.window.open(Role.USER, LOCAL)
        rows = b"".join(hub.disk.secrets.rows.values())
        assert window.pin.encode() not in rows
        assert window.code not in rows
        assert window.pin not in repr(window)
        assert window.code.hex() not in repr(window)


async def test_closing_twice_is_no_error() -> None:
    async with a_hub() as hub:
        await hub.window.open(Role.USER, LOCAL)
        await asyncio.gather(hub.window.close("stopped"), hub.window.close("stopped"))
        with suppress(Forbidden):
            await hub.window.count("pin")
        assert hub.disk.journal.told.count("pairing closed") == 1
