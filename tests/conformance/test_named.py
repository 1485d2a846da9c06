"""A target by its name: the one it announces itself by, or the one a gateway knows it by."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import orjson
import pytest

from gateway.cli import conformance_run
from gateway.conformance.frames import Frames
from gateway.conformance.line import Transport
from gateway.conformance.named import address_of
from gateway.conformance.target import opened
from gateway.errors import NotRunning, Unknown
from tests.conformance.stand import Stand, stand

LOOPBACK = ("127.0.0.1",)


@pytest.fixture(scope="module")
def announced(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with stand(tmp_path_factory.mktemp("announced")) as made:
        yield made


@pytest.mark.parametrize("ending", ["", "._wot._udp.local", ".local"])
async def test_what_announces_itself_is_found_by_its_name(announced: Stand, ending: str) -> None:
    name = f"stand-{announced.host.replace('.', '-')}{ending}"
    assert await address_of(name, 10, LOOPBACK) == f"{announced.target}/d/self/td"


async def test_a_name_nobody_has_is_said_with_who_is_there(announced: Stand) -> None:
    name = f"stand-{announced.host.replace('.', '-')}"
    with pytest.raises(NotRunning, match=rf"as {name}x within 0\.5 s; (heard were|nothing announced)"):
        await address_of(f"{name}x", 0.5, LOOPBACK)


async def test_a_device_of_a_running_gateway_is_judged_where_the_gateway_says_it_is(
    announced: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = await address_of(f"stand-{announced.host.replace('.', '-')}", 10, LOOPBACK)
    async with opened(conformance_run.target_of(address), Frames(lambda: 0.0)) as found:
        document = json.loads(found.thing.body)

    class Gateway:
        """What is asked of a running one here."""

        def __init__(self, data: Path | None) -> None:
            assert data is None

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            return

        def call(self, name: str, /, **arguments: Any) -> Any:
            assert name == "td"
            if arguments == {"device": "Kitchen plug"}:
                return document
            raise Unknown("there is no such device")

    monkeypatch.setattr(conformance_run, "Client", Gateway)
    monkeypatch.setenv("HULIAN_DATA", str(tmp_path))
    target = conformance_run.target_of("Kitchen plug")
    assert orjson.loads(target.body) == document
    async with opened(target, Frames(lambda: 0.0)) as found:
        assert [*found.lines] == [Transport.COAP]
    assert conformance_run.target_of("Garage plug").body == b""
