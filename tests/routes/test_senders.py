"""Who an MQTT message is from where the broker vouches for nobody: it can ask, and it can confirm nothing."""

from pathlib import Path
from random import Random

from gateway.faces.mqtt.senders import Senders
from gateway.home.confirmation import asked_by_a_person
from gateway.storage.state import StateStore
from gateway.thing.clock import SystemClock
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.access import Access
from gateway.trust.clients import Clients


def can_confirm(principal: Principal) -> bool:
    return asked_by_a_person(
        Command(id="c1", device="lock-1", operation=Operation.INVOKE_ACTION, name="unlock", input=None, principal=principal)
    )


async def test_once_there_is_an_owner_only_a_branch_that_the_broker_binds_is_somebody(tmp_path: Path) -> None:
    async with StateStore(tmp_path / "state.db") as store:
        clients = Clients(store.clients, SystemClock(), Random(1))
        access = Access(clients, SystemClock())
        ours, theirs = Senders(access, bound=True), Senders(access, bound=False)
        assert can_confirm(theirs.of_branch("tablet"))
        assert not can_confirm(ours.of_bare_topic())
        owner = await clients.add("Ann", Role.OWNER, LOCAL)
        assert ours.of_branch(owner.id) == Principal(owner.id, Role.OWNER)
        assert theirs.of_branch(owner.id).role is Role.USER
        assert can_confirm(ours.of_branch(owner.id))
        assert not can_confirm(theirs.of_branch(owner.id))
        assert not can_confirm(theirs.of_bare_topic())
