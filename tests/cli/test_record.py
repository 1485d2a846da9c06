"""`hulian record`: entries in a new file of one's own, whatever ends it."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import pytest
from typer.testing import CliRunner

from gateway.cli import record as command
from gateway.cli.main import app
from gateway.errors import SetupError

ENTRIES: list[dict[str, Any]] = [
    {"hulian": "recording-1", "driver": "gree"},
    {"t": 0.1, "said": "a"},
    {"t": 0.2, "heard": "客厅"},
    {"t": 0.3, "report": {}},
]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A gateway that tells ENTRIES; a device called `stopped` is interrupted after two of them."""
    calls: list[dict[str, Any]] = []

    class Gateway:
        def __init__(self, data: Path | None) -> None: ...

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None: ...

        def stream(self, name: str, **arguments: Any) -> Iterator[Any]:
            calls.append({"call": name} | arguments)
            for number, entry in enumerate(ENTRIES):
                if arguments["device"] == "stopped" and number == 2:
                    raise KeyboardInterrupt
                yield entry
            yield {"device": arguments["device"], "ended": "the session ended"}

    monkeypatch.setattr(command, "Client", Gateway)
    return calls


def test_what_is_told_is_written_line_by_line_for_its_owner_only(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    file = tmp_path / "ac.jsonl"
    done = CliRunner().invoke(app, ["record", "ac-1", "--to", str(file), "--for", "8"])
    assert done.exit_code == 0, done.output
    assert [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] == ENTRIES
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert asked == [{"call": "record", "device": "ac-1", "seconds": 8.0}]
    assert "1 said, 1 heard, 1 reports, 0 commands" in done.output


@pytest.mark.usefixtures("asked")
def test_what_was_there_before_a_stop_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "ac.jsonl"
    done = CliRunner().invoke(app, ["record", "stopped", "--to", str(file)])
    assert done.exit_code == 0, done.output
    assert len(file.read_text(encoding="utf-8").splitlines()) == 2
    assert "asked and did not answer" in done.output


def test_nothing_said_and_nothing_heard_is_not_blamed_on_the_appliance() -> None:
    assert "not asked in this time" in command.unheard({"report": 1})


def test_a_file_that_is_there_is_not_written_over_and_nothing_is_asked(asked: list[dict[str, Any]], tmp_path: Path) -> None:
    file = tmp_path / "ac.jsonl"
    file.write_text("mine")
    refused = CliRunner().invoke(app, ["record", "ac-1", "--to", str(file)])
    assert isinstance(refused.exception, SetupError)
    assert file.read_text() == "mine"
    assert asked == []
