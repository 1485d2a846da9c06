"""Every example in the help of scenes and what belongs to them: a command there is, about what the default demo has."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer import Context
from typer.core import TyperGroup
from typer.main import get_command

from gateway.cli.main import app
from gateway.scenes.builtin import built_in

CITY_FLAT = Path(__file__).parents[2] / "firmware_sim" / "homes" / "city-flat.yaml"
GROUPS = ("scene", "alerts", "bulk", "replace", "home", "handover", "tag")
EXAMPLE = re.compile(r"Example:\s+(hulian .+)")
WRITTEN = re.compile(r"[\w-]+\.(yaml|html)\Z")
"""Files that an example writes, or one before it has written."""


def commands(command: Any, name: str) -> Iterator[tuple[str, Any]]:
    yield name, command
    if isinstance(command, TyperGroup):
        for each in command.list_commands(Context(command)):
            inner = command.get_command(Context(command), each)
            assert inner is not None
            yield from commands(inner, f"{name} {each}")


def examples() -> Iterator[str]:
    root = get_command(app)
    assert isinstance(root, TyperGroup)
    for group in GROUPS:
        command = root.get_command(Context(root), group)
        assert command is not None
        for name, each in commands(command, group):
            found = EXAMPLE.findall(each.help or "")
            assert found, f"hulian {name} --help shows no example"
            yield from (said.strip() for line in found for said in line.split(";"))


@pytest.mark.parametrize("example", sorted(set(examples())))
def test_an_example_is_a_command_about_what_the_default_demo_has(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("leaving.yaml", "flat.yaml", "home.yaml"):
        (tmp_path / file).write_text(built_in.text_of("leaving"))
    words = shlex.split(example.partition(" >")[0])[1:]
    command = get_command(app)
    while isinstance(command, TyperGroup) and words and (inner := command.get_command(Context(command), words[0])) is not None:
        command, words = inner, words[1:]
    made = command.make_context(command.name, words)
    there = {unit.split(",")[0] for unit in CITY_FLAT.read_text().split("{id: ")[1:]} | {*built_in.names()}
    for name in ("device", "scene", "old", "new", "name", "builtin", "without"):
        given = made.params.get(name)
        for each in [given] if isinstance(given, str) else given or []:
            assert not each or each in there or WRITTEN.match(each), f"{example}: the default demo has no {each}"
