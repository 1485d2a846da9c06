"""X2: unpaired, revoked and replayed credentials are refused; an OSCORE replay gives no effect."""

import asyncio
import json
import ssl
from pathlib import Path

import pytest
from aiocoap import Code, Message

from gateway.thing.ack import AckState
from gateway.trust.authority import Authority
from gateway.trust.vault import Vault
from tests.conformance.asking import OverMqtt, askers
from tests.kit.brokers import needs_mosquitto
from tests.kit.secrets import MemorySecrets
from tests.routes.coap_wire import request, talker
from tests.routes.control_wire import call
from tests.routes.lamp import LAMP, lit
from tests.routes.mqtt_wire import REFUSED, Shut, Speaker, speak, tls_of
from tests.routes.papers import request_of
from tests.routes.stage import ROLES, running, settings_of, stage, without_waiting

pytestmark = needs_mosquitto
CUT_WITHIN = 5.0


def write(level: int) -> Message:
    return request(Code.PUT, f"/d/{LAMP}/p/brightness", str(level).encode())


async def listen(speaking: Speaker) -> None:
    """Listen for as long as there is a connection."""
    while True:
        await speaking.settle()
        await asyncio.sleep(0.01)


async def come_again(address: tuple[str, int], tls: ssl.SSLContext) -> None:
    """Come in for as long as the door opens, and see that nothing is to be had there."""
    while True:
        left = await speak(address, "again", tls=tls)
        assert await left.subscribe("#") >= REFUSED or not await left.settle()
        left.hang_up()


@pytest.mark.long
@pytest.mark.parametrize("state", ["fresh", "reset"])
async def test_x2_keys_of_another_home_or_another_life_open_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, state: str) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, state) as made, askers(made, tmp_path) as known:
        before = made.fingerprint()
        assert not [each for each in known if each[0] == "mqtt"]
        assert not [each for each in made.talkers if each[1] == "dtls"]
        for identity in ROLES:
            for place in ("loopback", "lan"):
                answer = await made.talkers[identity, place].ask(made.ports[place], write(30))
                assert (answer.code, answer.shielded) == ("4.01", False)
        assert made.fingerprint() == before


async def test_x2_a_recorded_datagram_has_no_effect_from_whomever_and_whenever_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made:
        user, nobody = made.talkers["user", "lan"], made.talkers["nobody", "lan"]
        for level in (31, 32, 33):
            assert (await user.ask(made.ports["lan"], write(level))).code == "2.04"
        got = len(made.lamp.got)
        for datagram in user.sent[:3]:
            for who in (user, nobody):
                for place in ("lan", "loopback"):
                    assert (await who.again(made.ports[place], datagram)).code == "4.01"
        assert len(made.lamp.got) == got
        assert made.home.document(LAMP)["brightness"] == 33
        recorded, client = user.sent[2], made.credentials["user"]["client"]
    async with running(settings_of(tmp_path)) as again:
        lamp = await lit(again.home)
        assert client in {each.id for each in again.access.clients.valid()}
        server = again.coap_lan[0]
        async with talker("127.0.26.99") as eavesdropper:
            assert (await eavesdropper.again((server.host, server.port), recorded)).code == "4.01"
        assert lamp.got == []


async def test_x2_a_client_that_is_put_out_is_cut_off_while_it_listens_and_lets_nobody_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        watching, listening = made.talkers["user", "lan"], known["mqtt", "user"]
        assert isinstance(listening, OverMqtt)
        await listening.speaker.subscribe(f"hulian/1/{made.home.identifier}/#")
        _, told = watching.begin(made.ports["lan"], request(Code.GET, f"/d/{LAMP}/s", observe=0))
        assert (await told.get()).code == "2.05"
        async with asyncio.timeout(CUT_WITHIN):
            answer = await call(tmp_path / "control", "revoke", client=made.client("user"))
            assert "result" in answer, answer
            with pytest.raises(Shut):
                await listen(listening.speaker)
            assert (await told.get()).code == "4.01"
            assert (await watching.ask(made.ports["lan"], write(44))).code == "4.01"
            door, tls = made.gateway.broker.doors.certificates, tls_of(tmp_path / "user", "user", made.credentials["user"])
            with pytest.raises(Shut):
                await come_again((door.hosts[-1], door.port), tls)
        assert made.lamp.got == []


async def test_x2_a_client_whose_role_is_lowered_has_the_lower_one_at_once_on_every_way_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        watching, listening = made.talkers["user", "lan"], known["mqtt", "user"]
        assert isinstance(listening, OverMqtt)
        made.home.detach(LAMP, "unplugged")
        envelope = {"id": "later", "op": "invokeaction", "dev": LAMP, "name": "x-acme-blink", "ttl": 600}
        await listening.speaker.publish(listening.topics.rpc(listening.client), json.dumps(envelope).encode())
        while not any(b'"accepted"' in payload for _, payload in await listening.speaker.settle()):
            await asyncio.sleep(0.01)
        async with asyncio.timeout(CUT_WITHIN):
            answer = await call(tmp_path / "control", "lower", client=made.client("user"), role="viewer")
            assert answer["result"]["role"] == "viewer", answer
            with pytest.raises(Shut):
                await listen(listening.speaker)
        assert made.home.told(LAMP, "later").state is AckState.FAILED, "what it asked as one who might"
        lamp = await lit(made.home)
        assert (await watching.ask(made.ports["lan"], write(44))).code == "4.03"
        assert (await watching.ask(made.ports["lan"], request(Code.GET, f"/d/{LAMP}/s"))).code == "2.05"
        assert lamp.got == made.lamp.got == []


async def test_x2_what_a_client_asked_that_waits_for_its_appliance_is_not_done_once_the_client_is_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made, askers(made, tmp_path) as known:
        made.home.detach(LAMP, "unplugged")
        for identity in ("user", "owner"):
            asker = known["mqtt", identity]
            assert isinstance(asker, OverMqtt)
            envelope = {"id": f"later-{identity}", "op": "invokeaction", "dev": LAMP, "name": "x-acme-blink", "ttl": 600}
            await asker.speaker.publish(asker.topics.rpc(asker.client), json.dumps(envelope).encode())
            while not any(b'"accepted"' in payload for _, payload in await asker.speaker.settle()):
                await asyncio.sleep(0.01)
        assert "result" in await call(tmp_path / "control", "revoke", client=made.client("user"))
        lamp = await lit(made.home)
        while not lamp.got:
            await asyncio.sleep(0.01)
        assert made.home.told(LAMP, "later-user").state is AckState.FAILED
        assert [command.id for command in lamp.got] == ["later-owner"]


async def test_x2_a_certificate_of_another_authority_with_the_right_name_and_an_old_tls_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_waiting(monkeypatch)
    async with stage(tmp_path, "paired") as made:
        rogue = Authority(Vault(b"r" * 32, MemorySecrets()).compartment("authority"), made.home.identifier, made.gateway.clock)
        issued = await rogue.issue(made.client("owner"), request_of("owner").encode())
        forged = {**made.credentials["owner"], "certificate": issued.certificate.decode()}
        door = made.gateway.broker.doors.certificates
        with pytest.raises(Shut):
            await speak((door.hosts[-1], door.port), "rogue", tls=tls_of(tmp_path / "rogue", "owner", forged))
        old = tls_of(tmp_path / "old", "owner", made.credentials["owner"])
        old.set_ciphers("ALL:@SECLEVEL=0")
        old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
        with pytest.warns(DeprecationWarning, match="TLSv1_1"):
            old.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(Shut):
            await speak((door.hosts[-1], door.port), "old", tls=old)
