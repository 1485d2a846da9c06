"""An appliance under a key, judged by who has the other end of it: strangers, wrong keys, and what was recorded and sent again."""

import json
from pathlib import Path

import pytest

from firmware_sim.control import control_socket
from firmware_sim.home import running_home
from firmware_sim.plan import UnitPlan
from firmware_sim.twins.table import twin as twin_named
from firmware_sim.unit import Unit
from gateway.conformance.credentials import read_credentials
from gateway.conformance.order import Order, judged
from gateway.conformance.target import Target
from gateway.conformance.verdict import Outcome, Result
from gateway.profile.library import Library
from tests.kit.addresses import address
from tests.protocol.coap.locks import Key, context_folder

pytestmark = [pytest.mark.long]
CHECKS = ("X2.stranger", "X2.wrong", "X2.replay")


def judges_folder(folder: Path, key: Key) -> Path:
    """Write what `hulian join` writes, for who holds the hub's end of the key."""
    folder.mkdir()
    (folder / "connection.json").write_text(json.dumps({"client": "judge"}))
    ends = {
        "sender_id": key.sender_id,
        "recipient_id": key.recipient_id,
        "master_secret": key.master_secret,
        "master_salt": key.master_salt,
    }
    (folder / "oscore.json").write_text(json.dumps({name: part.hex() for name, part in ends.items()}))
    return folder


async def judged_under_a_key(folder: Path, twin: str = "") -> Result:
    key, host = Key(identity="plug-1"), address()
    context_folder(folder / "plug" / "oscore", key)
    plan = UnitPlan(kind="plug", wire="native-coap", address=host, id="plug-1", credentials=folder / "plug")
    target = Target(name=f"coap://{host}", library=Library(), credentials=read_credentials(judges_folder(folder / "judge", key)))
    make = twin_named(twin).maker() if twin else Unit
    async with running_home([plan], make=make) as home, control_socket(home, folder / "control"):
        return await judged(Order(target=target, seed=1, tests=CHECKS, control=folder / "control"))


async def test_an_appliance_under_a_key_lets_in_who_has_it_and_nobody_else(tmp_path: Path) -> None:
    result = await judged_under_a_key(tmp_path)
    assert {verdict.name: verdict.outcome for verdict in result.verdicts} == dict.fromkeys(CHECKS, Outcome.PASSED)


@pytest.mark.parametrize(("twin", "caught"), [("replay-taken", "X2.replay")])
async def test_who_takes_a_recorded_message_again_is_caught(tmp_path: Path, twin: str, caught: str) -> None:
    result = await judged_under_a_key(tmp_path, twin)
    assert [verdict.name for verdict in result.verdicts if verdict.outcome is Outcome.FAILED] == [caught]
