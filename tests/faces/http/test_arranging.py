"""What an owner arranges over HTTP: as at the hub itself, and told as it goes."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from gateway.faces.http import streaming
from gateway.thing.report import Report
from tests.faces.http.conftest import D, Hub
from tests.routes.lamp import CANARY, LAMP, SECRET

YAML, CSV = {"content-type": "application/yaml"}, {"content-type": "text/csv"}
RUNS_BY_ITSELF = f"scene: evening\ntriggers: [{{time: '19:00'}}]\nsteps: [{{select: {{kind: light, id: {LAMP}}}, set: {{power: true}}}}]\n"


async def told(lines: AsyncIterator[str]) -> tuple[dict[str, str], Any]:
    """Return the next server-sent event: its fields, and its data."""
    fields: dict[str, str] = {}
    async with asyncio.timeout(10):
        async for line in lines:
            name, _, text = line.partition(": ")
            if not line and "data" in fields:
                return fields, json.loads(fields["data"])
            if name:
                fields[name] = text
    raise AssertionError("the stream ended")


async def test_a_stream_that_broke_goes_on_where_it_was(hub: Hub) -> None:
    home = hub.gateway.home
    async with hub.client.stream("GET", "/api/v1/changes") as response:
        lines = response.aiter_lines()
        first, snapshot = await told(lines)
        home.report(Report(device=LAMP, values={"brightness": 71}))
        seen, _ = await told(lines)
    assert (snapshot["change"], first["retry"]) == ("snapshot", str(streaming.RETRY))
    await home.rename(LAMP, "While nobody listened")
    async with hub.client.stream("GET", "/api/v1/changes", headers={"last-event-id": seen["id"]}) as response:
        _, missed = await told(response.aiter_lines())
    assert missed["change"] == "described"
    for unknown in ("0-1", f"{home.boot}-99999", "nonsense", "²-²"):
        async with hub.client.stream("GET", "/api/v1/changes", params={"after": unknown}) as response:
            assert (await told(response.aiter_lines()))[1]["change"] == "snapshot", unknown


@pytest.mark.long
async def test_a_scene_that_runs_by_itself_is_paused_and_resumed(hub: Hub) -> None:
    kept = await hub.client.put("/api/v1/scenes/evening", content=RUNS_BY_ITSELF, headers=YAML)
    assert kept.status_code == 200, kept.text
    for word, state in (("pause", "paused"), ("resume", "armed")):
        assert (await hub.client.post(f"/api/v1/scenes/evening/{word}")).status_code == 204
        (trigger,) = (await hub.client.get("/api/v1/triggers?scene=evening")).json()
        assert trigger["state"] == state
    assert (await hub.client.get("/api/v1/triggers?scene=none")).status_code == 404


@pytest.mark.long
async def test_a_scene_that_comes_along_is_looked_at_and_kept(hub: Hub) -> None:
    names = [each["scene"] for each in (await hub.client.get("/api/v1/built-in-scenes")).json()]
    assert "leaving" in names
    text = (await hub.client.get("/api/v1/built-in-scenes/leaving")).json()["text"]
    assert (await hub.client.post("/api/v1/built-in-scenes/leaving")).json()["scene"] == "leaving"
    assert (await hub.client.get("/api/v1/scenes/leaving/text")).json()["text"] == text


async def test_pairing_is_opened_followed_and_closed(hub: Hub) -> None:
    await hub.client.delete("/api/v1/pairing")
    assert (await hub.client.get("/api/v1/pairing")).status_code == 404
    opened = await hub.client.post("/api/v1/pairing", json={"role": "owner", "minutes": 1})
    assert (opened.status_code, opened.json()["role"]) == (201, "owner")
    assert (await hub.client.get("/api/v1/pairing")).json()["pin"] == opened.json()["pin"]
    assert (await hub.client.post("/api/v1/pairing", json={"role": "user"})).status_code == 409
    async with hub.client.stream("GET", "/api/v1/pairing/changes") as response:
        lines = response.aiter_lines()
        assert (await told(lines))[1] == {"tries": 0}
        assert (await hub.client.delete("/api/v1/pairing")).status_code == 204
        assert (await told(lines))[1] == {"ended": "stopped", "client": None}
    for body in (
        {},
        {"role": "king"},
        {"role": "user", "minutes": 1e9},
        {"role": "user", "means": ["post"]},
        {"role": "user", "pin": "0000"},
    ):
        assert (await hub.client.post("/api/v1/pairing", json=body)).status_code == 400, body


@pytest.mark.long
async def test_a_home_goes_out_as_a_document_and_comes_in_again(hub: Hub) -> None:
    await hub.gateway.home.rename(LAMP, "Attic light")
    text = (await hub.client.get("/api/v1/home")).text
    assert "Attic light" in text
    assert SECRET not in text
    await hub.gateway.home.rename(LAMP, "Another")
    looked = await hub.client.post("/api/v1/home?dryRun=true", content=text, headers=YAML)
    assert [each["state"] for each in looked.json()["devices"]] == ["here"]
    assert hub.gateway.home.twin(LAMP).name == "Another"
    assert (await hub.client.post("/api/v1/home", content=text, headers=YAML)).status_code == 200
    assert hub.gateway.home.twin(LAMP).name == "Attic light"
    wrong = await hub.client.post("/api/v1/home", content="hulian-home: 1\ndevices: [{name: x}]\nlinks: 7\n", headers=YAML)
    assert (wrong.status_code, sorted(finding["line"] for finding in wrong.json()["findings"])) == (422, [2, 3])


@pytest.mark.long
async def test_a_list_says_how_far_it_is_and_what_became_of_each_row(hub: Hub) -> None:
    rows = "unit,name\nmidea:nowhere,Bedroom AC\n"
    answer = await hub.client.post("/api/v1/bulk?dryRun=true", content=rows, headers=CSV)
    assert answer.headers["content-type"] == streaming.LINES
    (result,) = [json.loads(line)["result"] for line in answer.text.splitlines()]
    assert [(row["line"], row["state"]) for row in result["rows"]] == [(2, "notFound")]
    assert result["missing"] == 1
    wrong = await hub.client.post("/api/v1/bulk", content="unit,colour\nx,y\n", headers=CSV)
    assert json.loads(wrong.text.splitlines()[-1])["error"]["findings"][0]["line"] == 1


@pytest.mark.long
async def test_what_a_helper_gets_names_nobody(hub: Hub) -> None:
    await hub.gateway.home.rename(LAMP, "Grandmother's lamp")
    support = await hub.client.get("/api/v1/support")
    assert [each["kind"] for each in support.json()["appliances"]] == ["light"]
    for secret in (LAMP, "Grandmother", hub.gateway.home.identifier, SECRET, CANARY):
        assert secret not in support.text


@pytest.mark.long
async def test_what_cannot_be_linked_or_replaced_is_refused_with_a_reason(hub: Hub) -> None:
    link = await hub.client.post("/api/v1/links", json={"device": LAMP, "relation": "feeds", "other": LAMP})
    assert (link.status_code, link.json()["code"]) in ((409, "state-conflict"), (422, "schema"))
    same = await hub.client.get(f"{D}/replacement", params={"new": LAMP})
    assert (same.status_code, same.json()["code"]) == (409, "state-conflict")
    for body in ({}, {"new": 7}, {"new": LAMP, "force": "yes"}, {"new": LAMP, "more": 1}):
        assert (await hub.client.post(f"{D}/replacement", json=body)).status_code == 400, body


@pytest.mark.long
async def test_the_directory_tells_what_came_and_which_edition_it_is(hub: Hub) -> None:
    described = (await hub.client.get("/.well-known/wot")).json()
    (form,) = described["events"]["thingUpdated"]["forms"]
    before = (await hub.client.get("/things")).headers["link"]
    async with hub.client.stream("GET", form["href"]) as response:
        lines = response.aiter_lines()
        await anext(lines)
        await hub.gateway.home.rename(LAMP, "Other")
        fields, event = await told(lines)
    thing = (await hub.client.get("/things")).json()[0]["id"]
    assert (fields["event"], event) == ("thing_updated", {"id": thing})
    assert (await hub.client.get("/things")).headers["link"] != before
    for asked in ("/things?sort_by=title", "/things?format=collection", "/search/jsonpath?query=$", "/events?diff=true"):
        assert (await hub.client.get(asked)).status_code == 501, asked


@pytest.mark.long
async def test_head_answers_as_get_without_a_body_and_leaves_a_stream_at_once(hub: Hub) -> None:
    for path in ("/things", "/.well-known/wot", "/api/v1/devices", f"{D}/properties/brightness", "/api/v1/changes", "/metrics"):
        answer = await hub.client.head(path)
        assert (answer.status_code, answer.content) == (200, b""), path
    assert (await hub.client.head("/api/v1/devices/none")).status_code == 404
    assert (await hub.client.head("/api/v1/logout")).status_code == 405
