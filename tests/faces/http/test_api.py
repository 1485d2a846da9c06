"""The API as its clients meet it: values, refusals, runs, streams, and names people may think of."""

import asyncio
import json
from typing import Any

import pytest
from websockets.asyncio.client import connect

from gateway.home.subscription import LIMIT
from gateway.thing.report import Report
from tests.faces.http.conftest import D, Hub
from tests.routes.lamp import LAMP

BAD_BODIES = [
    (b"{", "application/json", 400),
    (b"", "application/json", 400),
    (b"NaN", "application/json", 400),
    (b"[" * 40 + b"]" * 40, "application/json", 400),
    (b"123456789012345678901234567890", "application/json", 400),
    (b"true", "text/plain", 415),
    (b"power=1", "application/x-www-form-urlencoded", 415),
    (b'"' + b"x" * 70_000 + b'"', "application/json", 413),
    (b"101", "application/json", 422),
]


async def test_a_write_is_done_when_the_answer_comes_and_its_run_can_be_read(hub: Hub) -> None:
    answer = await hub.client.put(f"{D}/properties/brightness?id=once", json=30)
    again = await hub.client.put(f"{D}/properties/brightness?id=once", json=30)
    assert (answer.status_code, again.status_code, len(hub.lamp.got)) == (200, 200, 1)
    assert (await hub.client.get(f"{D}/properties/brightness")).json() == 30
    assert (await hub.client.get(answer.headers["location"])).json()["state"] == "completed"


async def test_several_properties_are_written_all_or_none(hub: Hub) -> None:
    refused = await hub.client.patch(f"{D}/properties", json={"brightness": 30, "power": "no boolean"})
    assert (refused.status_code, refused.json()["code"], refused.json()["property"]) == (422, "schema", "power")
    assert not hub.lamp.got
    assert (await hub.client.patch(f"{D}/properties", json={"brightness": 30, "power": True})).status_code == 200
    assert (await hub.client.get(f"{D}/properties")).json()["power"] is True


@pytest.mark.long
async def test_a_write_after_the_state_moved_on_is_refused(hub: Hub) -> None:
    before = (await hub.client.get(f"{D}/properties")).headers["etag"]
    assert (await hub.client.put(f"{D}/properties/brightness", json=31, headers={"if-match": before})).status_code == 200
    late = await hub.client.put(f"{D}/properties/brightness", json=32, headers={"if-match": before})
    assert (late.status_code, late.json()["code"]) == (412, "precondition")


@pytest.mark.long
async def test_a_long_action_is_followed_and_cancelled(hub: Hub) -> None:
    begun = await hub.client.post(f"{D}/actions/x-acme-party")
    assert (begun.status_code, begun.json()["state"]) == (202, "running")
    run = begun.headers["location"]
    assert (await hub.client.get(run)).json()["state"] == "running"
    assert (await hub.client.delete(run)).status_code == 200
    assert (await hub.client.get(run)).json()["state"] == "cancelled"


@pytest.mark.long
async def test_what_is_dangerous_wants_a_person_and_the_token_that_came_back(hub: Hub) -> None:
    asked = await hub.client.post(f"{D}/actions/x-acme-heat")
    assert (asked.status_code, asked.json()["code"]) == (409, "needs-confirm")
    done = await hub.client.post(f"{D}/actions/x-acme-heat", params={"confirm": asked.json()["confirm"]})
    assert done.status_code == 200


async def test_a_bad_body_is_refused_with_what_to_do(hub: Hub) -> None:
    for body, kind, status in BAD_BODIES:
        answer = await hub.client.put(f"{D}/properties/brightness", content=body, headers={"content-type": kind})
        assert (answer.status_code, answer.json()["status"]) == (status, status), body[:40]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["todo"]
    assert not hub.lamp.got


async def test_a_name_is_kept_as_it_is_written(hub: Hub) -> None:
    for name in ["<script>alert(1)</script>", "../../etc/passwd", "客厅灯 \N{ELECTRIC LIGHT BULB}", "'; DROP TABLE devices; --"]:
        answer = await hub.client.patch(D, json={"name": name, "room": name})
        assert (answer.status_code, answer.json()["name"]) == (200, name)
        assert name in [each["name"] for each in (await hub.client.get("/api/v1/devices")).json()]


async def test_a_name_that_would_mislead_is_refused(hub: Hub) -> None:
    for name in ["x" * 10_000, "right\N{RIGHT-TO-LEFT OVERRIDE}left", "line\nbreak", 7, None, ["x"]]:
        answer = await hub.client.patch(D, json={"name": name})
        assert answer.status_code in (400, 422)
        assert hub.gateway.home.twin(LAMP).name != name


@pytest.mark.long
async def test_paths_that_climb_lead_nowhere(hub: Hub) -> None:
    for path in (
        "/api/v1/devices/../../etc/passwd",
        "/api/v1/devices/%2e%2e%2fsecret",
        "/things/..%2f..",
        "/api/v1/conformance/../report.html",
    ):
        assert (await hub.client.get(path)).status_code in (404, 405), path


async def test_changes_come_numbered_after_a_snapshot_over_both_kinds_of_stream(hub: Hub) -> None:
    async with connect(f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes?device={LAMP}", proxy=None) as socket:
        snapshot = json.loads(await socket.recv())
        hub.gateway.home.report(Report(device=LAMP, values={"brightness": 77}))
        change = json.loads(await socket.recv())
    assert [each["id"] for each in snapshot["devices"]] == [LAMP]
    assert (change["change"], change["values"], change["number"] > snapshot["number"]) == ("state", {"brightness": 77}, True)
    async with hub.client.stream("GET", f"{D}/properties/brightness/changes") as response:
        lines = response.aiter_lines()
        assert await _data(lines) == "77"
        hub.gateway.home.report(Report(device=LAMP, values={"brightness": 78}))
        assert await _data(lines) == "78"


async def _data(lines: Any) -> str:
    async with asyncio.timeout(10):
        async for line in lines:
            if line.startswith("data: "):
                return str(line.removeprefix("data: "))
    raise AssertionError("the stream ended")


async def test_a_reader_that_is_too_slow_gets_a_snapshot_again(hub: Hub) -> None:
    home = hub.gateway.home
    async with connect(f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes", proxy=None) as socket:
        assert json.loads(await socket.recv())["change"] == "snapshot"
        for _ in range(LIMIT + 10):  # without a pause: nobody reads meanwhile
            home._described(home.twin(LAMP))
        assert json.loads(await socket.recv())["change"] == "snapshot"


@pytest.mark.long
async def test_the_directory_lists_every_thing_with_forms_for_http(hub: Hub) -> None:
    page = await hub.client.get("/things?limit=1")
    (thing,) = page.json()
    forms = thing["properties"]["brightness"]["forms"]
    assert forms[0]["href"] == f"{hub.url}{D}/properties/brightness"
    assert (await hub.client.get(forms[0]["href"])).json() == 50
    assert (await hub.client.get(f"/things/{thing['id']}")).json()["title"] == thing["title"]
    assert (await hub.client.get("/.well-known/wot")).json()["properties"]["things"]["forms"][0]["href"].startswith(f"{hub.url}/things")
    private = [form for form in thing["properties"]["x-acme-diary"]["forms"] if form.get("subprotocol") == "sse"]
    assert private == []


@pytest.mark.long
async def test_history_and_figures_are_there_in_bounds(hub: Hub) -> None:
    assert (await hub.client.get(f"{D}/history?limit=0")).status_code == 422
    assert (await hub.client.get(f"{D}/history?since=yesterday")).status_code == 400
    text = (await hub.client.get("/metrics")).text
    assert f'hulian_property{{device="{LAMP}",property="brightness",unit="%"}} 50.0' in text
    assert "process_resident_memory_bytes" in text
    assert "x-acme-diary" not in text


async def test_a_scene_with_a_mistake_says_the_line_and_a_good_one_runs_and_is_taken_back(hub: Hub) -> None:
    yaml = {"content-type": "application/yaml"}
    bad = await hub.client.put("/api/v1/scenes/evening", content=b"scene: evening\nsteps:\n  - set: {power: 1}\n", headers=yaml)
    assert (bad.status_code, "line" in bad.json()["detail"]) == (422, True)
    good = f"scene: evening\nsteps:\n  - {{select: {{kind: light, id: {LAMP}}}, set: {{brightness: 12}}}}\n".encode()
    assert (await hub.client.put("/api/v1/scenes/evening", content=good, headers=yaml)).status_code == 200
    run = (await hub.client.post("/api/v1/scenes/evening/runs")).json()
    assert (run["good"], (await hub.client.get(f"{D}/properties/brightness")).json()) == (True, 12)
    assert (await hub.client.post(f"/api/v1/runs/{run['id']}/undo")).json()["good"] is True
    assert (await hub.client.get(f"{D}/properties/brightness")).json() == 50
