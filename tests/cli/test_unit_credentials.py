"""`hulian credentials` at the terminal: secrets are typed unseen or read, never shown and never on the command line."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from gateway.cli import unit_credentials as command
from gateway.cli.guide import guide, page
from gateway.cli.main import app
from gateway.errors import SetupError, StateConflict, Unknown

CANARY = "canary" + "0" * 26
WRONG = "f" * 32
UNIT = {"unit": "miio:301", "driver": "miio", "key": "301", "title": "Fan", "devices": ["fan-1"], "problem": ""}
KNOWN = {
    "units": [
        UNIT | {"state": "pending", "has": [], "needs": ["token"], "missing": ["token"]},
        UNIT | {"unit": "midea:7", "driver": "midea", "key": "7", "devices": [], "has": ["key", "token"], "needs": [], "missing": []},
    ],
    "asks": {"miio": {"token": "32 digits"}, "midea": {"token": "128", "key": "64"}, "native": {}},
}
Said = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """A gateway that answers, and what it was told."""
    told: Said = []

    class Gateway:
        def __init__(self, data: Path | None) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def call(self, name: str, **arguments: Any) -> Any:
            told.append((name, arguments))
            if name == "credentials":
                return KNOWN
            wrong = "it does not know this key" if WRONG in arguments["credentials"].values() else ""
            return {"driver": arguments["driver"], "key": arguments["key"], "registered": not wrong, "problem": wrong}

    monkeypatch.setattr(command, "Client", Gateway)
    monkeypatch.setattr("gateway.cli.vault.Client", Gateway)
    return told


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[str]]:
    """A person at a terminal; returns the questions that were asked."""

    def types(*answers: str) -> list[str]:
        questions: list[str] = []
        waiting = iter(answers)

        def getpass(question: str) -> str:
            questions.append(question)
            return next(waiting)

        monkeypatch.setattr(command, "getpass", getpass)
        monkeypatch.setattr("sys.stdin.isatty", lambda: True)
        return questions

    return types


@pytest.mark.parametrize("named", ["miio:301", "301", "fan-1"])
def test_what_a_unit_asks_for_is_asked_unseen_and_kept(
    named: str, said: Said, typed: Callable[..., list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    questions = typed(f" {CANARY} ")
    command.import_credentials(named)
    assert questions == ["token (32 digits): "]
    assert said[-1] == ("vault-import", {"driver": "miio", "key": "301", "credentials": {"token": CANARY}})
    assert CANARY not in "".join(capsys.readouterr())


def test_a_unit_that_was_not_found_yet_is_asked_what_its_wire_asks_for(said: Said, typed: Callable[..., list[str]]) -> None:
    questions = typed("a", "b")
    command.import_credentials("midea:99")
    assert questions == ["token (128): ", "key (64): "]
    assert said[-1][1] == {"driver": "midea", "key": "99", "credentials": {"token": "a", "key": "b"}}


def test_who_cannot_be_meant_is_told_how_units_are_named(said: Said, typed: Callable[..., list[str]]) -> None:
    typed()
    for unit, error in (("nobody", Unknown), ("nothing:1", Unknown), ("native:1", StateConflict)):
        with pytest.raises(error):
            command.import_credentials(unit)
    with pytest.raises(SetupError, match="say which appliance"):
        command.import_credentials()
    refused = CliRunner().invoke(app, ["credentials", "import", "native:1", "--from", "-"], input="token = x\n")
    assert isinstance(refused.exception, StateConflict), "nor is it kept for one that asks for nothing"
    assert not [call for call, _ in said if call == "vault-import"]


def test_without_a_terminal_nothing_is_asked_and_standard_input_is_read(said: Said) -> None:
    refused = CliRunner().invoke(app, ["credentials", "import", "miio:301"])
    assert isinstance(refused.exception, SetupError)
    assert "--from" in str(refused.exception)
    read = CliRunner().invoke(app, ["credentials", "import", "fan-1", "--from", "-"], input=f"token = {CANARY}\n")
    assert read.exit_code == 0, read.output
    assert said[-1] == ("vault-import", {"driver": "miio", "key": "301", "credentials": {"token": CANARY}})
    assert CANARY not in read.output


@pytest.mark.usefixtures("said")
def test_a_key_that_the_unit_does_not_know_is_told_and_leaves_with_1(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"[miio:301]\ntoken={WRONG}\n[miio:302]\ntoken={CANARY}\n")
    done = CliRunner().invoke(app, ["credentials", "import", "--from", str(file)])
    assert done.exit_code == 1
    assert "miio:301  kept, but it was not accepted: it does not know this key" in done.output
    assert "miio:302  in the home" in done.output
    assert "has them in clear" in " ".join(done.output.split())
    assert WRONG not in done.output


@pytest.mark.usefixtures("said")
def test_the_list_says_in_words_what_is_there_and_what_is_missing() -> None:
    shown = CliRunner().invoke(app, ["credentials", "list"]).output
    assert "miio:301  fan-1  asks for token: hulian credentials import miio:301" in shown
    assert "midea:7  Fan  has key and token" in shown


@pytest.mark.parametrize("words", [["import", "miio:301", "--token", CANARY], ["import", "miio:301", f"token={CANARY}"]])
def test_no_command_takes_a_secret_on_its_line(words: list[str]) -> None:
    assert CliRunner().invoke(app, ["credentials", *words]).exit_code == 2


def test_a_guide_is_found_by_its_wire_and_another_is_not() -> None:
    assert "midea" in CliRunner().invoke(app, ["guide"]).output
    assert "128 hexadecimal digits" in CliRunner().invoke(app, ["guide", "midea", "--json"]).output
    assert CliRunner().invoke(app, ["guide", "midea"]).output == page("midea")
    assert isinstance(CliRunner().invoke(app, ["guide", "nothing"]).exception, Unknown)


def test_a_guide_at_a_terminal_is_wrapped_and_nothing_is_cut_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    guide("midea")
    shown = capsys.readouterr().out.split()
    words = [word for word in re.sub(r"[*`|#_-]", " ", page("midea")).split() if word.isalpha()]
    assert not [word for word in words if word not in " ".join(shown)]
