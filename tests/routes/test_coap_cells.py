"""Every cell of CoAP is tried: each line as each of the eight, in each state, over loopback and over the LAN."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.routes import found
from tests.routes.coap_tries import METHODS, TRIES, try_line
from tests.routes.coap_wire import request
from tests.routes.lamp import LAMP
from tests.routes.stage import Stage, stage, without_waiting
from tests.routes.table import IDENTITIES, SHUT, STATES, table


@pytest.fixture(params=[pytest.param(state, marks=pytest.mark.long) if state == "first" else state for state in STATES])
async def made(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    without_waiting(monkeypatch)
    async with stage(tmp_path, request.param) as made:
        yield made


def test_every_line_can_be_tried() -> None:
    assert {*TRIES} == {*table().lines["coap"]} - {"otherwise", "otherwise (pairing)", "nowhere"}


async def test_every_line_is_as_the_table_says(made: Stage) -> None:
    for place in made.ports:
        for title in TRIES:
            for identity in IDENTITIES:
                await try_line(made, table().lines["coap"][title], identity, place)
    await nothing_else(made)


async def refused(made: Stage, title: str, method: str, path: str) -> None:
    before = made.fingerprint()
    line = table().lines["coap"][title]
    for identity in IDENTITIES:
        for place in made.ports:
            if (expected := table().expected(line, identity, made.state, place)) == SHUT:
                continue
            answer = await made.talkers[identity, place].ask(made.ports[place], request(METHODS[method], path, b"true"))
            assert answer.code == expected, f"{method} {path} as {identity} over {place}: {answer}"
    assert made.fingerprint() == before


async def nothing_else(made: Stage) -> None:
    for path in ("/nothing", "/d/lamp-1", "/d/lamp-1/x/y", "/", "/d/../d", "/d/lamp-1/p/power/more", "/.well-known"):
        await refused(made, "nowhere", "GET", path)
    for parts in found.pairing_paths():
        for method in METHODS.keys() - {"POST"}:
            await refused(made, "otherwise (pairing)", method, f"/{'/'.join(parts)}")


ROOTS = {
    "core": "/.well-known/core",
    "wot": "/.well-known/wot",
    "d": "/d",
    "scenes": "/scene",
    "scene": "/scene/tried",
    "scene-run": "/scene/tried/run/r",
}


@pytest.mark.long
async def test_no_resource_has_another_method(made: Stage) -> None:
    names = {"p": "brightness", "a": "x-acme-blink", "run": "r", "e": "faultRaised"}
    for resource, method in sorted(found.unrouted()):
        path = ROOTS.get(resource.value)
        tail = f"/{names[resource.value]}" if resource.value in names else ""
        await refused(made, "otherwise", method.name, path or f"/d/{LAMP}/{resource.value}{tail}")
