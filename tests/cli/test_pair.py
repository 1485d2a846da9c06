"""The commands about coming in: what they ask, what they write, and what they never show."""

import io
import json
import re
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from typer.testing import CliRunner

from gateway.cli import join as joining
from gateway.cli import ownership
from gateway.cli.clients import confirmed, line
from gateway.cli.commands import TABLE
from gateway.cli.credentials import check_free, write_credentials
from gateway.cli.knocking import Hub, join_by_pin
from gateway.cli.main import app
from gateway.cli.options import options
from gateway.cli.pair import print_offer
from gateway.cli.qr import drawn, write_svg
from gateway.errors import BadSyntax, HulianError, Offline, SetupError
from gateway.protocol.coap.client import CoapClient
from gateway.storage.erasure import noted
from gateway.thing.principal import Role
from gateway.trust.bundle import bundle, new_request
from gateway.trust.edhoc import new_key
from gateway.trust.invitation import Invitation, new_code, read_invitation
from tests.kit.pairing import a_hub, by_pin, wish

COMMANDS = ("pair", "join", "clients", "revoke", "lower", "journal", "transfer", "reset")
BROKER = "mqtts://192.0.2.7:8883"
INVITATION = Invitation("hub-7f3k2m", new_key().compressed, new_code(), (("192.0.2.7", 5683), ("127.0.0.1", 61616)))


@pytest.fixture(autouse=True)
def own_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "none"))
    monkeypatch.delenv("HULIAN_DATA", raising=False)
    options.data = None


async def credentials() -> tuple[dict[str, Any], bytes]:
    async with a_hub() as hub:
        offer = await hub.open(Role.USER)
        key, request = new_request("client")
        return await by_pin(hub, offer["pin"], wish() | {"request": request.decode()}) | {"mqtt": BROKER}, key


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_in_the_table_and_explains_itself_with_an_example(command: str) -> None:
    assert command in TABLE
    result = CliRunner().invoke(app, [command, "--help"])
    assert result.exit_code == 0
    assert f"hulian {command}" in result.output or f" {command} " in result.output
    assert "xample" in result.output


def test_an_invitation_says_the_same_in_capitals_small_letters_and_with_spaces_around() -> None:
    text = INVITATION.text()
    assert len(text) <= 154  # a QR code of version 5 with the least correction
    for typed in (text, text.lower(), f"  {text}\n"):
        assert read_invitation(typed) == INVITATION


def test_a_spoilt_invitation_is_refused_or_names_another_hub() -> None:
    text = INVITATION.text()
    for length in range(len(text)):
        try:
            found = read_invitation(text[:length])
        except BadSyntax:
            continue
        assert found.gateway != INVITATION.gateway  # the key exchange binds the name
    for spoilt in (text + "AAAAAAAA!", "hulian:", "http://x", text * 4, "hulian:" + "7" * 100, "hulian:\u0660"):
        with pytest.raises(BadSyntax):
            read_invitation(spoilt)


def test_a_repr_of_an_invitation_shows_no_code() -> None:
    assert INVITATION.code.hex() not in repr(INVITATION)
    assert repr(INVITATION.code) not in repr(INVITATION)


async def test_a_folder_of_credentials_is_whole_and_for_this_user_only(tmp_path: Path) -> None:
    document, key = await credentials()
    folder = tmp_path / "phone"
    check_free(folder)
    write_credentials(folder, document, key)
    files = {str(path.relative_to(folder)): path for path in folder.rglob("*") if path.is_file()}
    assert set(files) == {
        *("client.key", "client.pem", "authority.pem", "oscore.json", "oscore/settings.json"),
        *("aiocoap.json", "psk.key", "connection.json", "README.md"),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in files.values()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "oscore")} == {0o700}
    certificate = x509.load_pem_x509_certificate(files["client.pem"].read_bytes())
    certificate.verify_directly_issued_by(x509.load_pem_x509_certificate(files["authority.pem"].read_bytes()))
    assert certificate.subject.rfc4514_string() == f"CN={document['client']}"
    assert json.loads(files["connection.json"].read_text())["client"] == document["client"]
    readme = files["README.md"].read_text()
    assert all(program in readme for program in ("mosquitto_sub", "aiocoap-client"))
    assert not any(secret in readme for secret in (document["psk"]["key"], document["oscore"]["master_secret"]))
    assert not [path for path in tmp_path.iterdir() if path != folder]


async def test_what_a_hub_says_is_never_a_command_of_the_shell() -> None:
    document, key = await credentials()
    readme = bundle(document | {"mqtt": "mqtts://$(reboot):8883", "coap": ["coap://;reboot"], "gateway": "`reboot`"}, key)[
        "README.md"
    ].decode()
    for command in (each.strip() for each in readme.splitlines() if each.startswith("    ")):
        assert not [word for word in ("$(reboot)", ";reboot", "`reboot`") if word in re.sub(r"'[^']*'", "", command)]


async def test_an_owner_reads_how_to_let_others_in_and_a_user_does_not() -> None:
    document, key = await credentials()
    texts = {role: bundle(document | {"role": role}, key)["README.md"].decode() for role in ("owner", "user")}
    assert ["/pair" in texts[role] for role in ("owner", "user")] == [True, False]


async def test_an_appliance_reads_of_its_own_topics_only() -> None:
    async with a_hub() as hub:
        offer = await hub.open(Role.DEVICE)
        key, request = new_request("client")
        document = await by_pin(hub, offer["pin"], wish() | {"request": request.decode(), "device": "lamp-1"})
    files = bundle(document | {"mqtt": BROKER}, key)
    assert json.loads(files["connection.json"])["device"] == "lamp-1"
    readme = files["README.md"].decode()
    assert "hulian/1/lamp-1/" in readme
    assert f"hulian/1/{document['gateway']}/" not in readme
    assert "aiocoap-client" not in readme


async def test_on_a_broker_that_is_not_the_hubs_no_command_for_it_is_told() -> None:
    document, key = await credentials()
    document.pop("mqtt")
    readme = bundle(document, key)["README.md"].decode()
    assert "mosquitto" not in readme
    assert "aiocoap-client" in readme


async def test_no_key_is_ever_overwritten(tmp_path: Path) -> None:
    document, key = await credentials()
    folder = tmp_path / "phone"
    folder.mkdir()
    write_credentials(folder, document, key)
    with pytest.raises(SetupError, match="there already"):
        check_free(folder)
    with pytest.raises(SetupError):
        write_credentials(folder, document, key)


async def test_half_an_answer_makes_no_folder(tmp_path: Path) -> None:
    document, key = await credentials()
    for missing in ("certificate", "oscore", "psk", "client"):
        with pytest.raises(BadSyntax, match=missing):
            bundle({name: value for name, value in document.items() if name != missing}, key)
    assert not list(tmp_path.iterdir())


def test_a_code_on_the_command_line_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = CliRunner().invoke(app, ["join", INVITATION.text(), "--to", str(tmp_path / "x")])
    assert isinstance(result.exception, BadSyntax)
    assert "paste it" in str(result.exception)
    assert INVITATION.text() not in result.output + capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "place"),
    [("192.0.2.7", ("192.0.2.7", 5683)), ("hub.local:61616", ("hub.local", 61616)), ("coap://192.0.2.7:1", ("192.0.2.7", 1))],
)
def test_where_a_hub_is_can_be_said_in_three_ways(text: str, place: tuple[str, int]) -> None:
    assert joining._place(text) == place


@pytest.mark.parametrize("text", ["", "http://192.0.2.7", "192.0.2.7:x", "192.0.2.7:99999", "coap://"])
def test_what_is_no_place_is_refused(text: str) -> None:
    with pytest.raises(BadSyntax, match="address of a hub"):
        joining._place(text)


def test_a_pin_or_code_may_come_through_a_file_or_the_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pin").write_text("1234 5678\n")
    assert joining._pin(tmp_path / "pin") == "12345678"
    monkeypatch.setattr("sys.stdin", io.StringIO("8765-4321\n"))
    assert joining._pin(None) == "87654321"
    (tmp_path / "code").write_text(INVITATION.text().lower())
    assert joining._invitation(None, tmp_path / "code") == INVITATION
    monkeypatch.setattr("sys.stdin", io.StringIO(INVITATION.text() + "\n"))
    assert joining._invitation(None, None) == INVITATION


def test_a_qr_code_is_drawn_and_its_file_is_private(tmp_path: Path) -> None:
    lines = drawn(INVITATION.text()).splitlines()
    assert len({len(each) for each in lines}) == 1
    assert len(lines) <= 24  # it fits the smallest terminal
    write_svg(INVITATION.text(), tmp_path / "code.svg")
    assert b"<svg" in (tmp_path / "code.svg").read_bytes()
    assert stat.S_IMODE((tmp_path / "code.svg").stat().st_mode) == 0o600
    with pytest.raises(SetupError):
        write_svg(INVITATION.text(), tmp_path / "none" / "code.svg")


def test_an_offer_without_qr_shows_the_pin_only(capsys: pytest.CaptureFixture[str]) -> None:
    print_offer({"pin": "12345678", "addresses": ["192.0.2.7:5683"]})
    shown = capsys.readouterr().out
    assert "1234 5678" in shown
    assert "hulian join 192.0.2.7:5683" in shown


def test_an_entry_of_the_journal_is_one_line() -> None:
    entry = {
        "at": 0.0,
        "what": "paired",
        "actor": "local",
        "target": "phone-1",
        "source": "192.0.2.7",
        "result": "done",
        "detail": {"role": "user"},
    }
    assert line(entry) == "1970-01-01T00:00:00.000Z  paired  phone-1  by local  from 192.0.2.7  role=user"


@pytest.mark.parametrize("command", ["transfer", "reset"])
def test_nothing_is_erased_unasked(command: str, tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"x")
    result = CliRunner().invoke(app, ["--data", str(tmp_path), command], input="")
    assert isinstance(result.exception, HulianError)
    assert "--yes" in str(result.exception)
    assert (noted(tmp_path), (tmp_path / "state.db").read_bytes()) == (None, b"x")


def test_a_folder_that_is_no_data_folder_is_not_erased(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("x")
    result = CliRunner().invoke(app, ["--data", str(tmp_path), "reset", "--yes"])
    assert isinstance(result.exception, SetupError)
    assert (tmp_path / "thesis.txt").read_text() == "x"


def test_a_damaged_hub_that_does_not_run_can_be_reset(tmp_path: Path) -> None:
    for name in ("state.db", "vault.key", "history.db"):
        (tmp_path / name).write_bytes(b"\xff" * 99)
    result = CliRunner().invoke(app, ["--data", str(tmp_path), "reset", "--yes", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output) == {"erased": "reset", "running": False}
    assert {path.name for path in tmp_path.iterdir()} == {"state.db.lock"}


def test_how_long_a_gateway_may_take_to_come_back_is_bounded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ownership, "AGAIN_SECONDS", 0.3)
    options.data = tmp_path
    with pytest.raises(SetupError, match="has not come back"):
        ownership._wait_for_another({"gateway": "hub-1", "boot": 1})


PHONE = {"id": "client-7f3k2m", "name": "奶奶的手机", "role": "viewer", "revoked": None}
OLD_PHONE = {"id": "client-aaaaaa", "name": "奶奶的手机", "role": "user", "revoked": 1.0}
TABLET = {"id": "client-2yjd5d", "name": "Tablet", "role": "user", "revoked": None}


@pytest.mark.parametrize("said", ["client-7f3k2m", "client-7", "奶奶的手机", "奶奶"])
def test_before_a_client_is_put_out_it_is_asked_by_name_id_and_role(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr("typer.confirm", lambda question, **_: asked.append(question))
    assert confirmed(said, [PHONE, OLD_PHONE, TABLET]) == "client-7f3k2m"
    assert len(asked) == 1
    assert all(word in asked[0] for word in ("奶奶的手机", "client-7f3k2m", "viewer"))


@pytest.mark.parametrize("said", ["client-", "nobody", "client-aaaaaa"])
def test_who_cannot_be_told_is_not_asked_about_and_left_to_the_hub(said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("typer.confirm", lambda *_, **__: pytest.fail("it asked"))
    assert confirmed(said, [PHONE, OLD_PHONE, TABLET]) == said


def test_only_where_there_is_a_qr_code_is_its_line_spoken_of(capsys: pytest.CaptureFixture[str]) -> None:
    offer = {"pin": "02436187", "addresses": ["192.0.2.7:5683"]}
    print_offer(offer)
    told = capsys.readouterr().out
    assert "0243 6187" in told
    assert "hulian join 192.0.2.7:5683" in told
    assert "QR" not in told


async def test_nobody_at_the_address_is_told_as_a_hub_that_is_not_there() -> None:
    async with CoapClient() as client:
        with pytest.raises(Offline, match=r"no hub answers at 127\.0\.29\.77:9.*--lan"):
            await join_by_pin(Hub(client=client, address="127.0.29.77:9"), "12345678", {})
