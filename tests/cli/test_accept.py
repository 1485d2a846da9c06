"""`hulian accept`: what a unit asks for is asked unseen, once, and only where somebody can answer."""

import json
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from gateway.cli import accept as command
from gateway.cli.main import app
from gateway.errors import SchemaViolation, Unauthenticated, Unknown

CANARY = "canary-4b1f"
FOUND = {"driver": "miio", "key": "301", "unit": "miio:301", "title": "Fan", "kind": "fan", "address": "127.0.27.3", "refused": ""}
PENDING = {"state": "pending", "needs": ["token", "code"], "missing": ["token", "code"]}
KEYED = {"unit": "midea:7", "key": "7", "driver": "midea", "state": "pending", "needs": ["token"], "missing": []}
OPEN = {"unit": "gree:9", "key": "9", "driver": "gree", "state": "pending", "needs": [], "missing": []}
Said = list[tuple[str, dict[str, Any]]]


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> Said:
    """A gateway with three units in its inbox; it accepts what is answered in full."""
    told: Said = []

    class Gateway:
        def __init__(self, data: Path | None) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def call(self, name: str, **arguments: Any) -> Any:
            told.append((name, arguments))
            if name == "inbox":
                return [FOUND | PENDING, FOUND | KEYED, FOUND | OPEN]
            if name == "accept" and arguments["unit"] in {"miio:301", "301"} and set(arguments["answers"]) < {"token", "code"}:
                raise SchemaViolation("the token of the device", property="token")
            return {}

    monkeypatch.setattr(command, "Client", Gateway)
    return told


def test_who_sits_at_a_terminal_is_asked_for_what_is_missing_and_no_more(
    said: Said, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    questions: list[str] = []

    def getpass(question: str) -> str:
        questions.append(question)
        return f" {CANARY} "

    monkeypatch.setattr("getpass.getpass", getpass)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    command.accept("301", answer=["code=12"])
    assert questions == ["token: "]
    assert said[-1] == ("accept", {"unit": "301", "answers": {"code": "12", "token": CANARY}})
    command.accept("midea:7")
    command.accept("miio:301", ignore=True)
    assert questions == ["token: "], "its key is there already; and who is ignored is asked nothing"
    assert [arguments.get("answers") for name, arguments in said if name == "accept"][2:] == [{}]
    assert said[-1] == ("ignore", {"unit": "miio:301"})
    assert CANARY not in "".join(capsys.readouterr())


def test_without_a_terminal_nothing_is_asked_and_the_gateway_says_what_is_missing(said: Said) -> None:
    refused = CliRunner().invoke(app, ["accept", "miio:301"])
    assert isinstance(refused.exception, SchemaViolation)
    assert said[-1] == ("accept", {"unit": "miio:301", "answers": {}})


def test_all_takes_what_needs_no_answer_or_has_it(said: Said) -> None:
    assert CliRunner().invoke(app, ["accept", "--all"]).exit_code == 0
    assert [arguments["unit"] for name, arguments in said if name == "accept"] == ["midea:7", "gree:9"]


@pytest.mark.usefixtures("said")
def test_the_list_says_what_is_missing() -> None:
    shown = CliRunner().invoke(app, ["accept"]).output
    assert "miio:301  Fan  (fan, 127.0.27.3)  needs token, code" in shown
    assert [line.rpartition(")")[2] for line in shown.splitlines()][1:3] == ["", ""]


@pytest.mark.usefixtures("said")
def test_the_list_ends_with_what_a_person_can_do_now() -> None:
    *_, open_units, keyed = CliRunner().invoke(app, ["accept"]).output.splitlines()
    assert "hulian accept --all" in open_units
    assert "hulian guide miio" in keyed
    assert "hulian credentials import miio:301" in keyed


def test_what_is_known_by_nothing_but_its_number_is_listed_with_it_once(capsys: pytest.CaptureFixture[str]) -> None:
    command.list_waiting([FOUND | PENDING | {"title": "301", "kind": ""}], json=False)
    assert capsys.readouterr().out.startswith("miio:301  (kind unknown, 127.0.27.3)  needs token, code")


def test_one_that_cannot_be_taken_in_keeps_no_other_out_and_is_named(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    gateway: Any = vars(command)["Client"]
    took = gateway.call

    def call(self: Any, name: str, **arguments: Any) -> Any:
        answer = took(self, name, **arguments)
        if name == "accept" and arguments["unit"] == "midea:7":
            raise Unauthenticated("the appliance does not know this token")
        return answer

    monkeypatch.setattr(gateway, "call", call)
    done = CliRunner().invoke(app, ["accept", "--all"])
    assert done.exit_code == 1
    assert "midea:7 cannot be taken in: the appliance does not know this token" in done.stderr
    assert "accepted gree:9" in done.stdout
    lines = CliRunner().invoke(app, ["accept", "--all", "--json"]).stdout.splitlines()
    assert [json.loads(line)["state"] for line in lines] == ["pending", "accepted"]
    assert [arguments["unit"] for name, arguments in said if name == "accept"] == ["midea:7", "gree:9"] * 2


def test_who_has_just_switched_something_on_has_the_gateway_look_before_the_list(said: Said, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(command, "sleep", waited.append)
    assert CliRunner().invoke(app, ["accept", "--look"]).exit_code == 0
    assert [name for name, _ in said] == ["look", "inbox"]
    assert waited == [command.LOOK_SECONDS]
    CliRunner().invoke(app, ["accept"])
    assert len(waited) == 1


@pytest.mark.parametrize("key", ["native:lamp-1", "midea:7"])
def test_what_speaks_the_profile_tells_what_its_certificate_is_worth_once_it_was_asked(
    said: Said, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    standing = {"outcome": "rejected", "step": "possession", "reason": "a copy", "mark": "m", "number": "n", "holder": "h", "until": None}
    answers = [Unknown("not yet"), {"certificates": {"settled": False}}, {"certificates": {"settled": True, "standings": [standing]}}]
    gateway: Any = vars(command)["Client"]
    took = gateway.call

    def call(self: Any, name: str, **arguments: Any) -> Any:
        answer = answers.pop(0) if name == "show" else took(self, name, **arguments)
        said.extend([(name, arguments)] if name == "show" else [])
        if isinstance(answer, Exception):
            raise answer
        return answer

    monkeypatch.setattr(gateway, "call", call)
    monkeypatch.setattr(command, "PROOF_LOOK_SECONDS", 0.0)
    shown = " ".join(CliRunner().invoke(app, ["accept", key]).output.split())
    told = "Certificate m n of h: rejected (step possession: a copy)"
    assert shown == (f"accepted {key} {told}" if key == "native:lamp-1" else f"accepted {key}")
    assert [name for name, _ in said].count("show") == (3 if key == "native:lamp-1" else 0)
    for words in ([key, "--json"], [key, "--ignore"], ["--all"]):
        assert CliRunner().invoke(app, ["accept", *words]).exit_code == 0, "scripts and many at once do not wait for it"
    assert [name for name, _ in said].count("show") == (3 if key == "native:lamp-1" else 0)
