"""Who comes in over HTTP: codes, cookies, tokens; names and pages that are not ours; what a login that ended says."""

import json
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from gateway.errors import Unauthenticated
from gateway.faces.http.guard import BODY_LIMIT
from gateway.thing.principal import LOCAL, Principal, Role
from gateway.trust.login_code import WRONG_A_MINUTE, Invited
from gateway.trust.public_key import fingerprint
from gateway.trust.texts import text_of
from tests.faces.http.conftest import D, Hub

SESSION = "/api/v1/session"
JSON = {"content-type": "application/json"}
FOREIGN = "http://evil.example"
FOREIGNERS: tuple[dict[str, str], ...] = (
    {"host": "evil.example"},
    {"host": "127.0.0.1.evil.example"},
    {"host": ""},
    {"origin": FOREIGN},
    {"origin": "null"},
    {"origin": "http://localhost:3000"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site", "sec-fetch-mode": "cors"},
)


async def test_a_code_lets_a_browser_in_once_and_its_cookie_is_out_of_reach_of_scripts_and_other_sites(hub: Hub) -> None:
    owner = await hub.let_in(Role.OWNER)
    assert (await hub.client.get(SESSION)).status_code == 401
    code = hub.gateway.logins.invite(Invited(client=owner)).text
    answer = await hub.client.post("/api/v1/login", json={"code": f" {code.lower()} "})
    assert answer.json() == {"client": owner, "name": "a owner", "role": "owner"}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert (await hub.client.get(SESSION)).json()["name"] == owner
    assert (await hub.client.post("/api/v1/login", json={"code": code})).status_code == 401


@pytest.mark.long
async def test_over_tls_the_cookie_is_secure_and_of_this_host_alone(hub: Hub) -> None:
    code = hub.gateway.logins.invite(Invited(client=await hub.let_in(Role.OWNER))).text
    async with httpx.AsyncClient(base_url=hub.outside, verify=hub.tls, trust_env=False) as client:
        answer = await client.post("/api/v1/login", json={"code": code})
        assert answer.headers["set-cookie"].startswith(f"__Host-hulian-{hub.gateway.home.identifier}=")
        assert "; secure" in answer.headers["set-cookie"].lower()
        assert "max-age" in answer.headers["strict-transport-security"]
        assert (await client.get(SESSION)).json()["role"] == "owner"


@pytest.mark.long
async def test_a_new_browser_comes_in_with_a_code_of_the_owner_in_the_role_it_was_given(hub: Hub) -> None:
    token = await hub.token(await hub.let_in(Role.OWNER))
    made = await hub.client.post(
        "/api/v1/login-codes", json={"name": "Kitchen", "role": "viewer"}, headers={"authorization": f"Bearer {token}"}
    )
    entered = await hub.client.post("/api/v1/login", json={"code": made.json()["code"]})
    assert (entered.json()["name"], entered.json()["role"]) == ("Kitchen", "viewer")
    assert (await hub.client.put(f"{D}/properties/power", json=True)).status_code == 403
    assert [client.name for client in hub.gateway.access.clients.all()] == ["a owner", "Kitchen"]


async def test_a_paired_client_logs_in_with_its_own_key_and_nobody_with_another(hub: Hub) -> None:
    key, other = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    client = await hub.gateway.access.clients.add("phone", Role.OWNER, LOCAL, key=fingerprint(key.public_key()))
    answers = [await _shown(hub, client.id, signer, shown) for signer, shown in ((key, key), (other, key), (other, other))]
    assert [answer.status_code for answer in answers] == [200, 401, 401]
    headers = {"authorization": f"Bearer {answers[0].json()['token']}"}
    assert (await hub.client.get(SESSION, headers=headers)).json()["name"] == client.id


async def _shown(hub: Hub, client: str, signer: ec.EllipticCurvePrivateKey, shown: ec.EllipticCurvePrivateKey) -> httpx.Response:
    asked = (await hub.client.post("/api/v1/login/challenge")).json()
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    pem = shown.public_key().public_bytes(serialization.Encoding.PEM, form).decode()
    signature = text_of(signer.sign(asked["sign"].encode(), ec.ECDSA(hashes.SHA256())))
    body = {"client": client, "challenge": asked["challenge"], "key": pem, "signature": signature}
    answer = await hub.client.post("/api/v1/login/key", json=body)
    assert (await hub.client.post("/api/v1/login/key", json=body)).status_code == 401, "a challenge is good once"
    return answer


@pytest.mark.long
async def test_wrong_codes_have_to_wait(hub: Hub) -> None:
    answers = [(await hub.client.post("/api/v1/login", json={"code": "2222-2222"})).status_code for _ in range(WRONG_A_MINUTE + 1)]
    assert answers == [401] * WRONG_A_MINUTE + [429]


@pytest.mark.long
async def test_logging_out_ends_the_login_and_not_another_of_the_same_client(hub: Hub) -> None:
    owner = await hub.let_in(Role.OWNER)
    one, other = await hub.token(owner), await hub.token(owner)
    assert (await hub.client.post("/api/v1/logout", headers={"authorization": f"Bearer {one}"})).status_code == 204
    assert (await hub.client.get(SESSION, headers={"authorization": f"Bearer {one}"})).status_code == 401
    assert (await hub.client.get(SESSION, headers={"authorization": f"Bearer {other}"})).status_code == 200


async def test_a_login_that_ends_in_the_middle_says_so_and_nothing_is_done(hub: Hub) -> None:
    await hub.let_in(Role.OWNER)
    user = await hub.let_in(Role.USER)
    headers = {"authorization": f"Bearer {await hub.token(user)}"}
    assert (await hub.client.put(f"{D}/properties/brightness", json=20, headers=headers)).status_code == 200
    await hub.gateway.access.clients.revoke(user)
    refused = await hub.client.put(f"{D}/properties/brightness", json=90, headers=headers)
    assert (refused.status_code, refused.json()["code"], refused.json()["login"]) == (401, "unauthenticated", "ended")
    assert "log in again" in refused.json()["detail"]
    assert hub.gateway.home.twin("lamp-1").values["brightness"] == 20


async def test_a_lowered_role_is_felt_at_once_by_who_is_logged_in(hub: Hub) -> None:
    owner, phone = [await hub.let_in(Role.OWNER) for _ in range(2)]
    mine, theirs = [{"authorization": f"Bearer {await hub.token(client)}"} for client in (owner, phone)]
    clients = "/api/v1/clients"
    assert (await hub.client.get(clients, headers=theirs)).status_code == 200
    lowered = await hub.client.patch(f"{clients}/{phone}", json={"role": "user"}, headers=mine)
    assert (lowered.status_code, lowered.json()["role"], lowered.json()["logins"]) == (200, "user", 1)
    assert (await hub.client.get(clients, headers=theirs)).status_code == 403
    assert (await hub.client.put(f"{D}/properties/brightness", json=20, headers=theirs)).status_code == 200
    assert (await hub.client.patch(f"{clients}/{phone}", json={"role": "viewer"}, headers=theirs)).status_code == 403, "not by itself"
    assert (await hub.client.patch(f"{clients}/{phone}", json={"role": "viewer"}, headers=mine)).status_code == 200
    assert (await hub.client.put(f"{D}/properties/brightness", json=30, headers=theirs)).status_code == 403
    assert (await hub.client.get(f"{D}/properties/brightness", headers=theirs)).json() == 20
    told = [(entry["what"], entry["target"], entry["actor"]) for entry in (await hub.client.get("/api/v1/journal", headers=mine)).json()]
    assert told.count(("lowered", phone, owner)) == 2


async def test_a_role_is_not_raised_and_the_only_owner_stays_one(hub: Hub) -> None:
    owner, user = await hub.let_in(Role.OWNER), await hub.let_in(Role.USER)
    mine = {"authorization": f"Bearer {await hub.token(owner)}"}
    for client, body, status in (
        (owner, {"role": "viewer"}, 409),
        (user, {"role": "user"}, 409),
        (user, {"role": "owner"}, 400),
        (user, {"role": "viewer", "name": "x"}, 400),
        (user, {}, 400),
        (user, [], 400),
        ("nobody", {"role": "viewer"}, 404),
    ):
        assert (await hub.client.patch(f"/api/v1/clients/{client}", json=body, headers=mine)).status_code == status, (client, body)
    assert (await hub.client.delete(f"/api/v1/clients/{owner}", headers=mine)).status_code == 409
    assert {client.id: client.role for client in hub.gateway.access.clients.valid()} == {owner: Role.OWNER, user: Role.USER}


async def test_a_stream_of_owners_ends_with_the_role(hub: Hub) -> None:
    owner, phone = [await hub.let_in(Role.OWNER) for _ in range(2)]
    headers = {"authorization": f"Bearer {await hub.token(phone)}"}
    assert hub.gateway.pairing is not None
    await hub.gateway.pairing.arrange({"role": "user"}, Principal(owner, Role.OWNER))
    async with hub.client.stream("GET", "/api/v1/pairing/changes", headers=headers, timeout=20) as told:
        lines = told.aiter_lines()
        await hub.gateway.access.clients.lower(phone, Role.USER)
        async for line in lines:
            if "forbidden" in line:
                return
    pytest.fail("it ended without a word")


async def test_a_stream_ends_with_the_login_it_was_opened_with(hub: Hub) -> None:
    await hub.let_in(Role.OWNER)
    user = await hub.let_in(Role.USER)
    headers = {"authorization": f"Bearer {await hub.token(user)}"}
    async with connect(f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes", additional_headers=headers, proxy=None) as socket:
        assert json.loads(await socket.recv())["change"] == "snapshot"
        await hub.gateway.access.clients.revoke(user)
        await hub.gateway.home.rename("lamp-1", "Other")
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_who_comes_under_a_foreign_name_or_from_a_foreign_page_is_refused(hub: Hub) -> None:
    for headers in FOREIGNERS:
        await _refused(hub, headers)
    assert not hub.lamp.got


async def _refused(hub: Hub, headers: dict[str, str]) -> None:
    for method, path, body in (("GET", "/api/v1/devices", None), ("PUT", f"{D}/properties/power", b"true"), ("GET", "/healthz", None)):
        answer = await hub.client.request(method, path, content=body, headers=headers | JSON)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        assert "access-control-allow-origin" not in answer.headers


async def test_a_web_socket_of_a_foreign_page_is_refused(hub: Hub) -> None:
    for headers in ({"Origin": FOREIGN}, {"Host": "evil.example"}):
        options: dict[str, Any] = {"additional_headers": headers, "proxy": None}
        with pytest.raises((InvalidStatus, ConnectionClosed)):
            async with connect(f"{hub.url.replace('http', 'ws', 1)}/api/v1/changes", **options) as socket:
                await socket.recv()


@pytest.mark.long
async def test_our_own_pages_and_programs_without_a_page_are_let_through(hub: Hub) -> None:
    for headers in (
        {"origin": hub.url},
        {},
        {"sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"},
    ):
        assert (await hub.client.get("/api/v1/devices", headers=headers)).status_code == 200


@pytest.mark.long
async def test_no_answer_of_the_api_does_anything_in_a_browser(hub: Hub) -> None:
    for path in ("/api/v1/devices", "/nothing", "/things", "/metrics", "/api/v1/openapi.json"):
        headers = (await hub.client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff", path
        assert headers["x-frame-options"] == "DENY", path
        assert path == "/nothing" or headers["content-security-policy"].startswith("default-src 'none'"), path


async def test_a_body_over_the_limit_is_refused_whether_it_says_so_or_not(hub: Hub) -> None:
    async def endless() -> Any:
        for _ in range(BODY_LIMIT // 1000 + 2):
            yield b"9" * 1000

    told = await hub.client.put(f"{D}/properties/power", content=b"9" * (BODY_LIMIT + 1), headers=JSON)
    untold = await hub.client.put(f"{D}/properties/power", content=endless(), headers=JSON)
    assert (told.status_code, untold.status_code) == (413, 413)
    assert untold.json()["code"] == "too-large"


async def test_codes_of_who_is_put_out_let_nobody_in(hub: Hub) -> None:
    logins, clients = hub.gateway.logins, hub.gateway.access.clients
    gone, stays = await hub.let_in(Role.OWNER), await hub.let_in(Role.OWNER)
    of_gone, of_stays = [logins.invite(Invited(name="another", role=Role.OWNER, by=by)).text for by in (gone, stays)]
    await clients.revoke(gone)
    with pytest.raises(Unauthenticated):
        await logins.redeem(of_gone, "here")
    assert (await logins.redeem(of_stays, "here")).client.role is Role.OWNER


async def test_logins_outlive_a_restart_and_go_with_their_client(hub: Hub) -> None:
    owner, user = await hub.let_in(Role.OWNER), await hub.let_in(Role.USER)
    kept, gone = await hub.token(owner), await hub.token(user)
    again = type(hub.gateway.logins)(hub.gateway.access, hub.gateway.vault.compartment("logins"), hub.gateway.journal, hub.gateway.clock)
    await again.load()
    assert [len(again.of(client)) for client in (owner, user)] == [1, 1]
    await hub.gateway.access.clients.revoke(user)
    assert again.of(user) == ()
    assert not any(token in json.dumps(hub.gateway.vault.compartment("logins").names()) for token in (kept, gone))
