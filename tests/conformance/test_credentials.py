"""A home that has an owner is judged by whoever was let in, with the folder `hulian join` has written."""

import json
from pathlib import Path

import pytest

from gateway.conformance.credentials import COUNTERS, read_credentials
from gateway.conformance.frames import Frames
from gateway.conformance.line import Request, Transport
from gateway.conformance.order import Order, judged
from gateway.conformance.target import Target, TargetUnreachable, opened
from gateway.conformance.verdict import Outcome
from gateway.errors import SetupError
from gateway.profile.library import Library
from tests.kit.brokers import needs_mosquitto
from tests.routes.lamp import LAMP
from tests.routes.papers import private_key
from tests.routes.stage import LAN_SIDE, Stage, stage


def folder_of(made: Stage, identity: str, folder: Path) -> Path:
    """Write the folder of one who was let in."""
    given = made.credentials[identity]
    (folder / "connection.json").write_text(json.dumps({"client": given["client"]}))
    (folder / "oscore.json").write_text(json.dumps(given["oscore"]))
    for name, text in (("client.pem", given["certificate"]), ("client.key", private_key(identity)), ("authority.pem", given["authority"])):
        (folder / name).write_text(text)
    return folder


@pytest.mark.long
@needs_mosquitto
async def test_a_device_of_a_home_with_keys_is_judged_on_both_transports(tmp_path: Path) -> None:
    (tmp_path / "own").mkdir()
    async with stage(tmp_path, "paired") as made:
        port = made.ports["lan"][1]
        name = f"coap://{LAN_SIDE}:{port}/d/{LAMP}"
        with pytest.raises(TargetUnreachable):
            await judged(Order(target=Target(name=name, library=Library()), seed=1, tests=("E4",)))
        credentials = read_credentials(folder_of(made, "owner", tmp_path / "own"))
        target = Target(name=name, library=Library(), credentials=credentials)
        result = await judged(Order(target=target, seed=1, tests=("E4", "T7")))
        async with opened(target, Frames(lambda: 0.0)) as found:  # again, with the same key
            async with found.lines[Transport.MQTT].another() as second:
                answer = await second.ask(Request(operation="readproperty", name="power"))
            async with found.lines[Transport.COAP].another() as third:
                assert await third.read("power") is answer.last["out"]
    assert {verdict.id: verdict.outcome for verdict in result.verdicts} == {
        "E4[mqtt]": Outcome.PASSED,
        "E4[coap]": Outcome.PASSED,
        "T7": Outcome.PASSED,
    }
    assert answer.state == "completed"
    assert (tmp_path / "own" / COUNTERS).is_file()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({}, "cannot be read"),
        ({"connection.json": "[]"}, "no JSON object"),
        ({"connection.json": "{"}, "no JSON"),
        ({"connection.json": "{}"}, "does not say `client`"),
        ({"connection.json": '{"client": "a"}', "oscore.json": '{"master_secret": "xy"}'}, "no key that can be used"),
    ],
)
def test_half_a_folder_says_what_is_wrong_with_it(files: dict[str, str], words: str, tmp_path: Path) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(SetupError, match=words):
        read_credentials(tmp_path)
