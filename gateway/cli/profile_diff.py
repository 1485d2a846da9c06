"""`hulian profile diff`: which step of the version number a change of a profile asks for."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.output import console, failure, print_json
from gateway.errors import ConfigurationInvalid
from gateway.profile.diff import Difference, difference, read_model
from gateway.profile.diff_change import Change
from gateway.profile.diff_rules import Bump
from gateway.profile.library import PROFILES

COLOURS = {Bump.MAJOR: "red", Bump.MINOR: "yellow", Bump.PATCH: "green"}
Operand = Annotated[str, typer.Argument(metavar="OLD", help="A file, a folder, a kind, or KIND@FOLDER.", show_default=False)]
Second = Annotated[str, typer.Argument(metavar="NEW", help="Likewise; both folders, or neither.", show_default=False)]


def diff_profiles(old: Operand, new: Second, json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """Name the smallest honest version bump between two versions of a profile, and why.

    Whole models are compared, references and parent resolved, so a change of a mixin shows in every kind that uses it. Exit code 1
    where the newer version number is smaller than the changes ask for.

    Example:  hulian profile diff ../released/profiles/light-1.yaml profiles/light-1.yaml

    Example:  hulian profile diff light@../released/profiles light

    Example:  hulian profile diff ../released/profiles profiles
    """
    pairs = _pairs(old, new)
    answers = {name: difference(read_model(before), read_model(after)) for name, (before, after) in pairs.items() if before and after}
    gone = [name for name, (_, after) in pairs.items() if after is None]
    if json:
        print_json([*(_document(name, answer) for name, answer in answers.items()), *({"name": name, "gone": True} for name in gone)])
    else:
        _print(answers, gone, [name for name, (before, _) in pairs.items() if before is None])
    if gone or not all(answer.is_honest for answer in answers.values()):
        raise typer.Exit(1)


def _pairs(old: str, new: str) -> dict[str, tuple[Path | None, Path | None]]:
    """Return what is compared with what, by name."""
    before, after = _files(old), _files(new)
    if len(before) == len(after) == 1 and not Path(old).is_dir() and not Path(new).is_dir():
        return {next(iter(after)): (next(iter(before.values())), next(iter(after.values())))}
    if not (Path(old).is_dir() and Path(new).is_dir()):
        raise ConfigurationInvalid("a folder can only be compared with a folder")
    return {name: (before.get(name), after.get(name)) for name in sorted(before.keys() | after.keys())}


def _files(operand: str) -> dict[str, Path]:
    path = Path(operand)
    if path.is_dir():
        return {file.stem: file for file in sorted(path.glob("*.yaml"))}
    if path.is_file():
        return {path.stem: path}
    kind, _, folder = operand.partition("@")
    found = sorted((Path(folder) if folder else PROFILES).glob(f"{kind}-[0-9]*.yaml")) if kind.replace("-", "").isalnum() else []
    if not found:
        raise ConfigurationInvalid(f"{operand} is no file, no folder and no kind: `hulian profile list` shows the kinds")
    return {found[-1].stem: found[-1]}


def _print(answers: dict[str, Difference], gone: list[str], fresh: list[str]) -> None:
    out = console()
    for name, answer in answers.items():
        if answer.changes or len(answers) == 1:
            out.print(Text.assemble((name, "bold"), f": {_verdict(answer)}"))
        for change in sorted(answer.changes, key=lambda change: -change.bump):
            out.print(_line(change))
    same = sum(not answer.changes for answer in answers.values())
    if len(answers) > 1:
        out.print(f"{len(answers) - same} changed, {same} unchanged" + (f", new: {', '.join(fresh)}" if fresh else ""))
    for name in gone:
        failure(f"{name} is gone: a published major stays")
    for name, answer in answers.items():
        if not answer.is_honest:
            failure(f"{name} carries {_text(answer.new)}, but its changes ask for {answer.least} at least")


def _verdict(answer: Difference) -> str:
    if not answer.changes:
        return "nothing changed"
    return f"{answer.needed.word} ({_text(answer.old)} -> {answer.least} at least, carries {_text(answer.new)})"


def _line(change: Change) -> Text:
    return Text.assemble(
        "  ",
        (f"{change.bump.word:5}", COLOURS[change.bump]),
        f"  {change.pointer or '/'}: {change.what}  ",
        (f"[{change.rule}] {change.why}", "dim"),
    )


def _document(name: str, answer: Difference) -> dict[str, Any]:
    return {
        "name": name,
        "old": _text(answer.old),
        "new": _text(answer.new),
        "bump": answer.needed.word,
        "least": answer.least,
        "honest": answer.is_honest,
        "changes": [
            {"bump": change.bump.word, "rule": change.rule, "pointer": change.pointer, "what": change.what, "why": change.why}
            for change in answer.changes
        ],
    }


def _text(version: tuple[int, int, int]) -> str:
    return ".".join(str(part) for part in version)
