"""An encrypted link: only to a broker whose certificate the named authority signed."""

import ssl
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.errors import BrokerUnavailable, ConfigurationInvalid
from gateway.protocol.mqtt import BrokerAddress, Message
from tests.protocol.kit import HOST, HastyClock, client, told_broker, until, wire_to

SLACK = 1.0
"""Seconds a busy machine may take to run a timer."""


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    """A self-signed certificate for 127.0.0.1, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test broker")])
    now = datetime.now(UTC)
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    built = built.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
    path = tmp_path / "broker.pem"
    certificate = built.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    form = serialization.PrivateFormat.PKCS8
    path.write_bytes(certificate + key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    return path


@pytest.fixture
def context(authority: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    return context


@pytest.mark.parametrize("version", ["5", "3.1.1"])
async def test_the_link_is_encrypted_to_a_broker_the_authority_vouches_for(version: str, authority: Path, context: ssl.SSLContext) -> None:
    heard: list[Message] = []
    async with told_broker(context) as broker:
        address = BrokerAddress(HOST, broker.address.port, tls=True, authority=authority)
        async with client(address, version=version) as link:
            await link.wait_connected(20)
            await link.subscribe("a", heard.append)
            for _ in range(300):
                link.publish_soon("b", b"x" * 2000)
            await link.publish("b", b"")
            body = b"\x00\x01a" + (b"\x00" if version == "5" else b"") + b"hi"
            broker.say((bytes((0x30, len(body))) + body) * 5000)
            await until(lambda: len(heard) == 5000)
            assert len(broker.published) == 301
    assert {message.payload for message in heard} == {b"hi"}


async def test_a_broker_nobody_vouches_for_is_refused_and_said(context: ssl.SSLContext) -> None:
    async with told_broker(context) as broker:
        async with client(BrokerAddress(HOST, broker.address.port, tls=True)) as link:
            with pytest.raises(BrokerUnavailable, match="authority"):
                await link.wait_connected(20)
        assert broker.levels == []


async def test_an_encrypted_wire_that_stands_still_is_noticed_within_two_heartbeats(authority: Path, context: ssl.SSLContext) -> None:
    async with told_broker(context) as broker, wire_to(broker.address) as wire:
        address = BrokerAddress(HOST, wire.address.port, tls=True, authority=authority)
        async with client(address, keepalive=1) as link:
            await link.wait_connected(20)
            await until(lambda: broker.pings)
            wire.stop()
            begun = time.monotonic()
            await until(lambda: not link.connected)
            assert time.monotonic() - begun < 2 * 1 + SLACK
            await until(lambda: "silent" in link.trouble)  # said once the connection is closed, a moment later
            wire.go_on()
            wire.cut()
            await link.wait_connected(20)


async def test_the_first_wait_after_a_loss_is_spread_wider_over_tls(authority: Path, context: ssl.SSLContext) -> None:
    asked = []
    for tls in (False, True):
        clock = HastyClock()
        async with told_broker(context if tls else None) as broker:
            address = BrokerAddress(HOST, broker.address.port, tls=tls, authority=authority if tls else None)
            async with client(address, clock=clock, random=Latest()) as link:
                await link.wait_connected(20)
                broker.hang_up()
                await until(lambda: clock.asked)  # noqa: B023
        asked.append(clock.asked[0])
    assert asked == [1.0, 5.0]


class Latest(Random):
    """Takes the longest wait there is."""

    def uniform(self, a: float, b: float) -> float:  # noqa: ARG002 - of Random
        return b


async def test_a_certificate_file_that_is_not_there_is_said_before_anything_starts(tmp_path: Path) -> None:
    link = client(BrokerAddress(HOST, 8883, tls=True, authority=tmp_path / "missing.pem"))
    with pytest.raises(ConfigurationInvalid, match="PEM"):
        await link.__aenter__()
