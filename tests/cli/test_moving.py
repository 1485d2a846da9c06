"""When a hub begins anew because its addresses are others."""

import asyncio

import pytest

from gateway.cli import merging
from gateway.cli.merging import lan_addresses
from gateway.cli.moving import LOOK_SECONDS, moved
from gateway.errors import ConfigurationInvalid


class Steps:
    """A clock whose sleeps are over at once, and the addresses the machine has after each."""

    def __init__(self, *addresses: set[str] | None) -> None:
        self.addresses = list(addresses)
        self.slept = 0.0

    def now(self) -> float:
        return self.slept

    def monotonic(self) -> float:
        return self.slept

    async def sleep(self, seconds: float) -> None:
        if len(self.addresses) == 0:
            await asyncio.Event().wait()
        self.slept += seconds

    def present(self) -> frozenset[str]:
        addresses = self.addresses.pop(0)
        if addresses is None:
            raise ConfigurationInvalid("gone")
        return frozenset(addresses)


async def told(served: set[str], *addresses: set[str] | None) -> tuple[frozenset[str] | None, float]:
    steps = Steps(*addresses)
    task = asyncio.create_task(moved(frozenset(served), steps.present, steps))
    for _ in range(50):
        await asyncio.sleep(0)
    if not task.done():
        task.cancel()
        return None, steps.slept
    return task.result(), steps.slept


async def test_a_new_address_is_believed_when_it_was_seen_twice() -> None:
    assert await told(set(), {"10.0.0.2"}, {"10.0.0.2"}) == (frozenset({"10.0.0.2"}), 2 * LOOK_SECONDS)
    assert (await told(set(), {"10.0.0.2"}, set(), {"10.0.0.2"}, {"10.0.0.2"}))[1] == 4 * LOOK_SECONDS


@pytest.mark.parametrize("later", [{"10.0.0.1"}, set(), None])
async def test_an_address_that_stays_or_goes_away_moves_nobody(later: set[str] | None) -> None:
    assert (await told({"10.0.0.1"}, later, later, later))[0] is None


def test_auto_is_every_private_address_and_none_before_the_network_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "local_addresses", lambda: ("10.0.0.2", "192.168.1.7", "8.8.8.8", "127.0.0.1"))
    assert lan_addresses(("auto",)) == ("10.0.0.2", "192.168.1.7")
    assert lan_addresses(("192.168.1.7", "auto")) == ("192.168.1.7", "10.0.0.2")
    assert lan_addresses(("8.8.8.8",)) == ("8.8.8.8",)
    monkeypatch.setattr(merging, "local_addresses", lambda: ("127.0.0.1",))
    assert lan_addresses(("auto",)) == ()
    assert lan_addresses(()) == ()
