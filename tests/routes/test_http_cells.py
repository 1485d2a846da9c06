"""Every cell of HTTP is tried: each line as each of the eight, with and without an owner, over loopback and under TLS on the LAN."""

import asyncio
import itertools
import json
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from gateway.app import Gateway
from gateway.cli.places import socket_path
from gateway.faces.http import guard
from gateway.home.home import Home
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from tests.routes.lamp import CANARY, LAMP, SECRET, Lamp, lit
from tests.routes.stage import ROLES, running, settings_of
from tests.routes.table import IDENTITIES, Line, table

STATES = ("fresh", "paired")
PLACES = ("loopback", "lan")
YAML = "application/yaml"
ELSEWHERE = "no token of this home, published here"
_numbers = itertools.count(1)


@dataclass
class Stage:
    """A gateway with HTTP, the lamp in it, and a client for each place."""

    state: str
    gateway: Gateway
    lamp: Lamp
    tokens: Mapping[str, str]
    clients: Mapping[str, httpx.AsyncClient]
    urls: Mapping[str, str]
    tls: ssl.SSLContext

    @property
    def home(self) -> Home:
        return self.gateway.home

    def fingerprint(self) -> tuple[Any, ...]:
        twin, clients = self.home.twin(LAMP), self.gateway.access.clients.all()
        scenes = [record["id"] for record in self.gateway.scenes.listing()]
        return dict(twin.values), len(self.lamp.got), len(self.lamp.stopped), clients, twin.name, twin.room, scenes

    def headers(self, identity: str) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens[identity]}"} if identity in self.tokens else {}


@asynccontextmanager
async def stage(folder: Path, state: str) -> AsyncIterator[Stage]:
    settings = replace(settings_of(folder), http_port=0, http_host="127.0.26.1", https_port=0, pages=False)
    settings = replace(settings, socket=socket_path(settings.data))  # where the command that makes the sheet looks for it
    async with AsyncExitStack() as stack:
        gateway = await stack.enter_async_context(running(settings))
        tokens = await _tokens(gateway) if state == "paired" else dict.fromkeys(ROLES, ELSEWHERE)
        tls = ssl.create_default_context(cadata=(await gateway.authority.certificate()).decode())
        urls = dict(zip(PLACES, gateway.http, strict=True))
        clients = {
            place: await stack.enter_async_context(httpx.AsyncClient(base_url=url, verify=tls, trust_env=False))
            for place, url in urls.items()
        }
        yield Stage(state, gateway, await lit(gateway.home), tokens, clients, urls, tls)


async def _tokens(gateway: Gateway) -> dict[str, str]:
    """Log everybody in who may; a device gets what a login of its would be, and `revoked` is put out only then."""
    from gateway.trust import login  # noqa: PLC0415 - what is asked of roles is switched off for a moment

    clients = {identity: await gateway.access.clients.add(identity, role, LOCAL) for identity, role in ROLES.items()}
    checked, login._readers_only = login._readers_only, lambda role: None  # noqa: ARG005
    try:
        tokens = {identity: (await gateway.logins.begin(client.id, "test")).token for identity, client in clients.items()}
    finally:
        login._readers_only = checked
    await gateway.access.clients.revoke(clients["revoked"].id)
    return tokens


@dataclass(frozen=True)
class Try:
    """One request. `ready`: done before, returns what stands in the path for `{}`. `stream`: only its beginning is read."""

    path: str = ""
    body: Any = None
    kind: str = "application/json"
    ready: Callable[[Stage], Awaitable[str]] | None = None
    stream: bool = False
    expect: Mapping[str, str] = field(default_factory=dict)


async def _a_run(stage: Stage) -> str:
    run = await stage.home.submit(_command("x-acme-blink"))
    await run.terminal(10)
    return run.id


async def _a_party(stage: Stage) -> str:
    run = await stage.home.submit(_command("x-acme-party"))
    while not any(each.id == run.id for each in stage.lamp.got):
        await asyncio.sleep(0)
    return run.id


def _command(name: str) -> Command:
    return Command(id=f"http-{next(_numbers)}", device=LAMP, operation=Operation.INVOKE_ACTION, name=name, input=None, principal=LOCAL)


def _scene_text() -> str:
    return f"scene: tried\nsteps: [{{select: {{kind: light, id: {LAMP}}}, set: {{brightness: {next(_numbers) % 90 + 1}}}}}]\n"


async def _a_scene(stage: Stage) -> str:
    return (await stage.gateway.scenes.put(_scene_text(), LOCAL))[0].scene


async def _a_scene_run(stage: Stage) -> str:
    return (await stage.gateway.scenes.run(await _a_scene(stage), {}, LOCAL)).id


async def _closed(stage: Stage) -> str:
    """Close the pairing window, which the hub itself opens as long as it has no owner."""
    assert stage.gateway.pairing is not None
    await stage.gateway.pairing.window.close("stopped")
    return ""


D = f"/api/v1/devices/{LAMP}"
TRIES: Mapping[str, Try] = {
    "GET /healthz": Try(),
    "GET /.well-known/security.txt": Try(),
    "GET /api/v1/openapi.json": Try(),
    "POST /api/v1/login": Try(body={"code": "2222-2222"}),
    "POST /api/v1/login/challenge": Try(),
    "POST /api/v1/login/key": Try(body={"client": "nobody", "challenge": "none", "key": "no key", "signature": ""}),
    "POST /api/v1/logout": Try(),
    "GET /api/v1/session": Try(),
    "POST /api/v1/login-codes": Try(body={"name": "Guest", "role": "viewer"}),
    "GET /api/v1/devices": Try(),
    "GET /api/v1/devices/{device}": Try(D),
    "GET /api/v1/devices/{device}/td": Try(f"{D}/td"),
    "GET /api/v1/devices/{device}/properties": Try(f"{D}/properties"),
    "PATCH /api/v1/devices/{device}/properties": Try(f"{D}/properties", {"brightness": 31}),
    "PATCH /api/v1/devices/{device}/properties (danger 2)": Try(f"{D}/properties", {"brightness": 60, "x-acme-boost": True}),
    "PATCH /api/v1/devices/{device}/properties (danger 3)": Try(f"{D}/properties", {"brightness": 60, "x-acme-burn": True}),
    "PUT /api/v1/devices/{device}/properties": Try(f"{D}/properties", {"brightness": 32}),
    "GET /api/v1/devices/{device}/properties/changes": Try(f"{D}/properties/changes", stream=True),
    "GET /api/v1/devices/{device}/properties/{name}": Try(f"{D}/properties/brightness"),
    "GET /api/v1/devices/{device}/properties/{name} (private)": Try(f"{D}/properties/x-acme-diary"),
    "PUT /api/v1/devices/{device}/properties/{name}": Try(f"{D}/properties/brightness", 33),
    "PUT /api/v1/devices/{device}/properties/{name} (private)": Try(f"{D}/properties/x-acme-diary", SECRET),
    "PUT /api/v1/devices/{device}/properties/{name} (danger 2)": Try(f"{D}/properties/x-acme-boost", True),
    "PUT /api/v1/devices/{device}/properties/{name} (danger 3)": Try(f"{D}/properties/x-acme-burn", True),
    "GET /api/v1/devices/{device}/properties/{name}/changes": Try(f"{D}/properties/brightness/changes", stream=True),
    "GET /api/v1/devices/{device}/properties/{name}/changes (private)": Try(f"{D}/properties/x-acme-diary/changes"),
    "POST /api/v1/devices/{device}/actions/{name}": Try(f"{D}/actions/x-acme-blink"),
    "POST /api/v1/devices/{device}/actions/{name} (danger 2)": Try(f"{D}/actions/x-acme-heat"),
    "POST /api/v1/devices/{device}/actions/{name} (danger 3)": Try(f"{D}/actions/x-acme-melt"),
    "GET /api/v1/devices/{device}/events/{name}": Try(f"{D}/events/faultRaised", stream=True),
    "GET /api/v1/devices/{device}/runs/{run}": Try(f"{D}/runs/{{}}", ready=_a_run),
    "DELETE /api/v1/devices/{device}/runs/{run}": Try(f"{D}/runs/{{}}", ready=_a_party),
    "GET /api/v1/devices/{device}/history": Try(f"{D}/history"),
    "GET /api/v1/devices/{device}/history (private)": Try(f"{D}/history?name=x-acme-diary"),
    "PATCH /api/v1/devices/{device}": Try(D, {"room": "Attic"}),
    "DELETE /api/v1/devices/{device}": Try("/api/v1/devices/lamp-nowhere"),
    "GET /api/v1/changes": Try(stream=True),
    "GET /api/v1/rooms": Try(),
    "GET /api/v1/links": Try(),
    "GET /api/v1/roles": Try(),
    "GET /api/v1/status": Try(),
    "GET /api/v1/doctor": Try(),
    "GET /api/v1/inbox": Try(),
    "POST /api/v1/inbox/look": Try(),
    "POST /api/v1/inbox/{unit}/accept": Try("/api/v1/inbox/midea:nowhere/accept", {}),
    "POST /api/v1/inbox/{unit}/ignore": Try("/api/v1/inbox/midea:nowhere/ignore"),
    "GET /api/v1/clients": Try(),
    "DELETE /api/v1/clients/{client}": Try("/api/v1/clients/nobody-at-all"),
    "PATCH /api/v1/clients/{client}": Try("/api/v1/clients/nobody-at-all", body={"role": "viewer"}),
    "GET /api/v1/journal": Try(),
    "GET /api/v1/backup": Try(),
    "GET /api/v1/scenes": Try(),
    "GET /api/v1/scenes/{scene}": Try("/api/v1/scenes/{}", ready=_a_scene),
    "PUT /api/v1/scenes/{scene}": Try("/api/v1/scenes/tried", _scene_text(), YAML),
    "DELETE /api/v1/scenes/{scene}": Try("/api/v1/scenes/{}", ready=_a_scene),
    "GET /api/v1/scenes/{scene}/text": Try("/api/v1/scenes/{}/text", ready=_a_scene),
    "POST /api/v1/scenes/check": Try("/api/v1/scenes/check", _scene_text(), YAML),
    "POST /api/v1/scenes/{scene}/restore": Try("/api/v1/scenes/{}/restore?version=1", ready=_a_scene),
    "POST /api/v1/scenes/{scene}/plan": Try("/api/v1/scenes/{}/plan", ready=_a_scene),
    "POST /api/v1/scenes/{scene}/runs": Try("/api/v1/scenes/{}/runs", ready=_a_scene),
    "GET /api/v1/runs": Try(),
    "GET /api/v1/runs/{run}": Try("/api/v1/runs/{}", ready=_a_scene_run),
    "GET /api/v1/runs/{run}/changes": Try("/api/v1/runs/{}/changes", ready=_a_scene_run, stream=True),
    "POST /api/v1/runs/{run}/undo": Try("/api/v1/runs/{}/undo", ready=_a_scene_run),
    "GET /api/v1/rehearsals": Try(),
    "GET /api/v1/rehearsals/{scene}": Try("/api/v1/rehearsals/none"),
    "POST /api/v1/rehearsals/{scene}": Try("/api/v1/rehearsals/none"),
    "GET /api/v1/alerts": Try(),
    "POST /api/v1/alerts/{alert}/acknowledge": Try("/api/v1/alerts/none/acknowledge"),
    "GET /api/v1/conformance": Try(),
    "POST /api/v1/conformance": Try(body={"device": "lamp-nowhere"}),
    "GET /api/v1/conformance/{trial}": Try("/api/v1/conformance/none"),
    "DELETE /api/v1/conformance/{trial}": Try("/api/v1/conformance/none"),
    "GET /api/v1/conformance/{trial}/report.{form}": Try("/api/v1/conformance/none/report.html"),
    "GET /api/v1/conformance/twins": Try("/api/v1/conformance/twins?kind=light"),
    "POST /api/v1/conformance/{trial}/certificate": Try("/api/v1/conformance/none/certificate"),
    "GET /api/v1/conformance/{trial}/certificate.{form}": Try("/api/v1/conformance/none/certificate.cose"),
    "GET /api/v1/triggers": Try(),
    "POST /api/v1/scenes/{scene}/pause": Try("/api/v1/scenes/{}/pause", ready=_a_scene),
    "POST /api/v1/scenes/{scene}/resume": Try("/api/v1/scenes/{}/resume", ready=_a_scene),
    "GET /api/v1/built-in-scenes": Try(),
    "GET /api/v1/built-in-scenes/{scene}": Try("/api/v1/built-in-scenes/leaving"),
    "POST /api/v1/built-in-scenes/{scene}": Try("/api/v1/built-in-scenes/none"),
    "POST /api/v1/links": Try(body={"device": "plug-nowhere", "relation": "feeds", "other": LAMP}),
    "DELETE /api/v1/links": Try("/api/v1/links?device=plug-nowhere&relation=feeds"),
    "GET /api/v1/set-top-boxes": Try(),
    "PATCH /api/v1/set-top-boxes/{device}": Try("/api/v1/set-top-boxes/box-nowhere", {"year": 2019}),
    "DELETE /api/v1/set-top-boxes/{device}": Try("/api/v1/set-top-boxes/box-nowhere?fact=year"),
    "PUT /api/v1/set-top-boxes": Try(body={}),
    "GET /api/v1/remotes": Try(),
    "GET /api/v1/remotes/codes": Try(),
    "POST /api/v1/remotes/{device}/things": Try("/api/v1/remotes/remote-nowhere/things", {"kind": "air-conditioner"}),
    "GET /api/v1/credentials": Try(),
    "PUT /api/v1/credentials/{unit}": Try("/api/v1/credentials/midea:nowhere", {"token": "0" * 128, "key": "0" * 64}),
    "GET /api/v1/devices/{device}/replacement": Try(f"{D}/replacement?new=lamp-nowhere"),
    "POST /api/v1/devices/{device}/replacement": Try(f"{D}/replacement", {"new": "lamp-nowhere"}),
    "DELETE /api/v1/devices/{device}/replacement": Try("/api/v1/devices/lamp-nowhere/replacement"),
    "GET /api/v1/pairing": Try(ready=_closed),
    "POST /api/v1/pairing": Try(body={"role": "viewer"}, ready=_closed),
    "DELETE /api/v1/pairing": Try(),
    "GET /api/v1/pairing/changes": Try(stream=True),
    "GET /api/v1/home": Try(),
    "POST /api/v1/home": Try("/api/v1/home?dryRun=true", "hulian-home: 1\ndevices: []\n", YAML),
    "POST /api/v1/bulk": Try("/api/v1/bulk?dryRun=true", "hulian-manifest: 1\ndevices: []\n", YAML),
    "GET /api/v1/handover": Try(),
    "GET /api/v1/support": Try(),
    "GET /.well-known/wot": Try(),
    "GET /things": Try(),
    "GET /things/{thing}": Try(f"/things/{LAMP}"),
    "GET /events": Try(stream=True),
    "GET /events/{kind}": Try("/events/thing_created", stream=True),
    "GET /search/{language}": Try("/search/jsonpath?query=$"),
    "GET /metrics": Try(),
    "SOCKET /api/v1/changes": Try(),
}
TELLS_OF_NOBODY = {"GET /.well-known/security.txt", "POST /api/v1/login"}


@pytest.fixture(params=[pytest.param(state, marks=pytest.mark.long) if state == "fresh" else state for state in STATES])
async def made(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    for name in ("RATE", "BURST", "TOTAL"):
        monkeypatch.setattr(guard, name, 1e6)
    monkeypatch.setattr("gateway.trust.login_code.WRONG_A_MINUTE", 1_000_000)
    monkeypatch.setattr("gateway.trust.login_code.MOST", 1_000_000)
    monkeypatch.setattr("gateway.trust.login_key.MOST", 1_000_000)
    async with stage(tmp_path, request.param) as made:
        yield made


def test_every_line_can_be_tried() -> None:
    assert {*TRIES} == {*table().lines["http"]}


@pytest.mark.parametrize("place", [pytest.param(place, marks=pytest.mark.long) if place == "lan" else place for place in PLACES])
async def test_every_line_is_as_the_table_says(made: Stage, place: str) -> None:
    for title in TRIES:
        for identity in IDENTITIES:
            await _try(made, table().lines["http"][title], identity, place)


async def _try(made: Stage, line: Line, identity: str, place: str) -> None:
    expected = table().expected(line, identity, made.state, place)
    the, (method, path) = TRIES[line.title], line.name.split(" ")
    url = (the.path or path).replace("{}", await the.ready(made)) if the.ready is not None else the.path or path
    where = f"{line.title} as {identity}, {made.state}, over {place}"
    before = made.fingerprint()
    if method == "SOCKET":
        await _try_socket(made, url, identity, place, expected, where)
        return
    logins = dict(made.gateway.logins._logins)
    status, body = await _asked(made, the, method, url, identity, place)
    made.gateway.logins._logins |= logins  # somebody may have logged out, and is asked again
    if expected == "ok":
        assert 200 <= status < 300, f"{where}: {status} {body!r}"
    elif expected == "public":
        assert 200 <= status < 300, f"{where}: {status} {body!r}"
        assert CANARY.encode() not in body, where
    else:
        assert made.fingerprint() == before, f"{where}: something changed although it was refused"
        assert CANARY.encode() not in body, where
        assert SECRET.encode() not in body, where
        _judge_refusal(expected, status, json.loads(body), where)
    await _tidy(made)


def _judge_refusal(expected: str, status: int, problem: dict[str, Any], where: str) -> None:
    if expected == "confirm":
        assert (status, problem["code"]) == (409, "needs-confirm"), where
        assert problem["confirm"], where
        return
    assert str(status) == expected, f"{where}: {status} {problem}"
    assert problem["status"] == status, where
    assert problem["todo"], where
    assert "confirm" not in problem, where


async def _asked(made: Stage, the: Try, method: str, url: str, identity: str, place: str) -> tuple[int, bytes]:
    content = None if the.body is None else the.body.encode() if the.kind == YAML else json.dumps(the.body).encode()
    headers = made.headers(identity) | ({"content-type": the.kind} if content is not None else {})
    async with made.clients[place].stream(method, url, content=content, headers=headers, timeout=20) as response:
        if not the.stream or response.status_code != 200:
            return response.status_code, await response.aread()
        async for piece in response.aiter_bytes():
            return response.status_code, piece
    return 0, b""


async def _try_socket(made: Stage, path: str, identity: str, place: str, expected: str, where: str) -> None:
    url = made.urls[place].replace("http", "ws", 1) + path
    tls = made.tls if url.startswith("wss") else None
    async with connect(url, additional_headers=made.headers(identity), ssl=tls, proxy=None) as socket:
        if expected == "ok":
            assert json.loads(await socket.recv())["change"] == "snapshot", where
            return
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None, where
    assert (expected, closed.value.rcvd.code) in (("401", 4401), ("403", 4401)), where


async def _tidy(made: Stage) -> None:
    for command in [each for each in made.lamp.got if each.name == "x-acme-party" and each.id not in made.lamp.stopped]:
        cancel = Command(
            id=f"http-{next(_numbers)}", device=LAMP, operation=Operation.CANCEL_ACTION, name=command.id, input=None, principal=LOCAL
        )
        await (await made.home.submit(cancel)).terminal(10)
