"""An address that only this machine can open is printed with what would have a phone reach the hub, in both languages."""

import io
import shutil
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from gateway.cli import picture, reach, serving

URL = "http://127.0.0.1:8080"


def hub(*lan: str, http: bool = True, owned: bool = False) -> Any:
    addresses = (URL, *(f"https://{address}:8443" for address in lan)) if http else ()
    doors = SimpleNamespace(certificates=None)
    return SimpleNamespace(
        status=lambda: {"gateway": "home-1", "mqtt": "mqtt://127.0.0.1:1883", "coap": "coap://127.0.0.1:5683"},
        settings=SimpleNamespace(lan=lan),
        broker=SimpleNamespace(doors=doors),
        access=SimpleNamespace(clients=SimpleNamespace(has_owner=owned)),
        coap_lan=(),
        http=addresses,
    )


def said(capsys: pytest.CaptureFixture[str], gateway: Any) -> str:
    serving._say_where(gateway)
    return capsys.readouterr().out


def test_a_hub_on_loopback_says_that_no_phone_gets_there_and_what_to_add(capsys: pytest.CaptureFixture[str]) -> None:
    alone = said(capsys, hub())
    assert "For this machine only" in alone
    assert "仅限本机" in alone
    assert alone.count("--lan auto") == 2
    assert alone.index(URL) < alone.index("For this machine only")


@pytest.mark.parametrize("gateway", [hub("192.0.2.7"), hub(http=False)])
def test_a_hub_that_phones_can_reach_or_that_has_no_pages_says_nothing_of_it(capsys: pytest.CaptureFixture[str], gateway: Any) -> None:
    assert "machine only" not in said(capsys, gateway)


def test_a_login_is_spoken_of_where_there_is_somebody_to_log_in(capsys: pytest.CaptureFixture[str]) -> None:
    assert "no login needed" in said(capsys, hub())
    assert "`hulian login` makes a code" in said(capsys, hub(owned=True))


def test_a_terminal_without_chinese_characters_still_gets_a_hub(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, "latin-1"))
    serving._say_where(hub())
    sys.stdout.flush()
    assert b"--lan auto as well.\nIn another terminal" in out.getvalue()


@pytest.mark.parametrize("terminal", [True, False])
def test_the_code_of_a_demo_is_followed_by_the_way_to_a_hub_for_phones(monkeypatch: pytest.MonkeyPatch, terminal: bool) -> None:
    out = io.StringIO()
    monkeypatch.setattr(picture, "console", lambda: Console(file=out, force_terminal=terminal, color_system=None, soft_wrap=True))
    monkeypatch.setattr(sys, "argv", ["hulian"])
    picture.welcome(URL)
    lines = out.getvalue().splitlines()
    assert lines[0] == f"In a browser: {URL}"
    told = [line for line in lines if "hulian run --lan auto --http-port 8080" in line]
    assert len(told) == (2 if terminal else 0), "a script has no phone"
    assert lines[-len(told) :] == told if terminal else len(lines) == 1
    assert all(len(line) < 80 for line in told)


@pytest.mark.parametrize(("path", "found", "name"), [("/opt/hulian", None, "/opt/hulian"), ("/opt/hulian", "/usr/bin/hulian", "hulian")])
def test_the_program_is_called_as_it_can_be_typed(monkeypatch: pytest.MonkeyPatch, path: str, found: str | None, name: str) -> None:
    monkeypatch.setattr(sys, "argv", [path])
    monkeypatch.setattr(shutil, "which", lambda _name: found)
    assert reach.program() == name
