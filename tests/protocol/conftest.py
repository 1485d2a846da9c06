from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import settings

from gateway.protocol.broker import PrivateBroker, private_broker
from gateway.protocol.mqtt import MqttClient
from tests.kit.brokers import needs_mosquitto
from tests.protocol.kit import HOST, HastyClock, client

settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A real broker, and the version to speak with it."""

    broker: PrivateBroker
    version: Literal["5", "3.1.1"]

    def client(self, **options: Any) -> MqttClient:
        return client(self.broker.address, **({"version": self.version} | options))


@pytest.fixture(
    params=[
        pytest.param(("mosquitto", "5"), marks=needs_mosquitto),
        pytest.param(("mosquitto", "3.1.1"), marks=needs_mosquitto),
        ("amqtt", "3.1.1"),
    ],
    ids="-".join,
)
async def spoken(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Spoken]:
    kind, version = request.param
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind=kind) as broker:
        yield Spoken(broker, version)


@pytest.fixture(params=[pytest.param("5", marks=needs_mosquitto), pytest.param("3.1.1", marks=needs_mosquitto)])
async def mosquitto(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Spoken]:
    async with private_broker(HOST, 0, tmp_path, HastyClock(), kind="mosquitto") as broker:
        yield Spoken(broker, request.param)
