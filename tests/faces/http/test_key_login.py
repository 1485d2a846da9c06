"""`hulian login --key`: what `hulian join` wrote opens HTTP as well, at this home's hub and nowhere else."""

import asyncio
import json
import re
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from gateway.cli.credentials import write_credentials
from gateway.cli.key_login import log_in
from gateway.cli.main import app
from gateway.errors import BadSyntax, SetupError, Unauthenticated
from gateway.thing.principal import LOCAL, Role
from gateway.trust.bundle import new_request
from tests.faces.http.conftest import Hub
from tests.kit.authority import new_authority


async def joined(hub: Hub, folder: Path, role: Role = Role.OWNER) -> str:
    """Let somebody in as `hulian join` does; return its id."""
    assert hub.gateway.pairing is not None
    enrolment = hub.gateway.pairing.enrolment
    key, request = new_request("client")
    document = await enrolment.admit(enrolment.checked({"name": "laptop", "request": request.decode()}, role), LOCAL.name)
    write_credentials(folder, document, key)
    return str(document["client"])


async def test_the_keys_of_a_client_open_the_api_and_the_login_is_left_for_curl(hub: Hub, tmp_path: Path) -> None:
    client = await joined(hub, tmp_path / "laptop")
    await asyncio.to_thread(log_in, tmp_path / "laptop", hub.outside, token=False, json=False)
    file = tmp_path / "laptop" / "curl.conf"
    assert file.stat().st_mode & 0o777 == 0o600
    said = re.search(r'^header = "Authorization: (.*)"$', file.read_text(), re.MULTILINE)
    assert said is not None
    async with httpx.AsyncClient(base_url=hub.outside, verify=hub.tls, trust_env=False) as asking:
        answer = await asking.get("/api/v1/session", headers={"authorization": said[1]})
    assert (answer.json()["name"], answer.json()["role"]) == (client, "owner")


@pytest.mark.long
async def test_as_json_it_is_told_and_nothing_is_written(hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    client = await joined(hub, tmp_path / "laptop")
    await asyncio.to_thread(log_in, tmp_path / "laptop", hub.url, token=False, json=True)
    told = json.loads(capsys.readouterr().out)
    assert (told["url"], told["client"]) == (hub.url, client)
    assert hub.gateway.logins.of(client)
    assert not (tmp_path / "laptop" / "curl.conf").exists()


@pytest.mark.long
async def test_who_was_put_out_and_keys_of_another_home_open_nothing(hub: Hub, tmp_path: Path) -> None:
    await joined(hub, tmp_path / "owner")
    client = await joined(hub, tmp_path / "laptop", Role.USER)
    await hub.gateway.access.clients.revoke(client)
    with pytest.raises(Unauthenticated, match="revoked"):
        await asyncio.to_thread(log_in, tmp_path / "laptop", hub.outside, token=True, json=False)
    connection = tmp_path / "owner" / "connection.json"
    connection.write_text(json.dumps(json.loads(connection.read_text()) | {"gateway": "hub-elsewhere"}))
    with pytest.raises(Unauthenticated):  # what it signs is for its own hub, whatever another asks for
        await asyncio.to_thread(log_in, tmp_path / "owner", hub.outside, token=True, json=False)


@pytest.mark.long
async def test_a_hub_that_is_not_of_this_home_is_told_nothing(hub: Hub, tmp_path: Path) -> None:
    await joined(hub, tmp_path / "laptop")
    new_authority().write(tmp_path / "laptop", "stranger", stem="other")
    with pytest.raises(SetupError, match="does not answer as this home's hub"):
        await asyncio.to_thread(log_in, tmp_path / "laptop", hub.outside, token=True, json=False)
    with pytest.raises(BadSyntax, match="https"):
        log_in(tmp_path / "laptop", "http://192.0.2.7:8080", token=True, json=False)
    with pytest.raises(SetupError, match="--url"):
        log_in(tmp_path / "laptop", None, token=True, json=False)


def test_the_options_of_one_side_are_none_of_the_other() -> None:
    for words in (["--key", "folder", "--name", "x"], ["--url", "https://hub"]):
        assert CliRunner().invoke(app, ["login", *words]).exit_code != 0
