"""A connection to a broker that is given up while it opens."""

import asyncio
import gc
import socket
from contextlib import suppress

import pytest

from firmware_sim.wires import mqtt_link
from firmware_sim.wires.mqtt_link import V5, Broker, Message, connected


@pytest.mark.parametrize("after", [0, 0.1], ids=["while a thread connects", "while the broker is silent"])
def test_a_connection_that_is_given_up_while_it_opens_leaves_nothing(
    after: float, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mqtt_link, "CONNECT_PATIENCE", 0.3)

    async def opened(port: int) -> None:
        async with connected(Broker("127.0.0.1", port), V5, identifier="x", will=Message(topic="t", payload=b""), source="127.0.0.1"):
            pytest.fail("a broker that says nothing lets nobody in")

    async def given_up(port: int) -> None:
        task = asyncio.create_task(opened(port))
        await asyncio.sleep(after)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(given_up(silent.getsockname()[1]))
        link, _ = silent.accept()
        with link:
            link.settimeout(10)
            while link.recv(4096):
                pass
    gc.collect()
    assert caplog.messages == []
