"""`hulian profile check`: what is wrong in profile files."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from gateway.cli.output import console, failure, print_json
from gateway.profile.check import Finding, Severity, check_paths
from gateway.profile.library import PROFILES

Files = Annotated[
    list[Path] | None, typer.Argument(exists=True, help="Files (YAML or JSON) or folders; the whole standard where nothing is said.")
]


def check_profile(files: Files = None, json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False) -> None:
    """Explain what is wrong with profile files: line, rule, path, and what to do.

    Exit code 1 where there is an error; a warning alone is none. With --json, one finding a line.

    Example:  hulian profile check

    Example:  hulian profile check profiles/light-1.yaml my-model.yaml
    """
    found = check_paths(files or [PROFILES])
    findings = [finding for each in found.values() for finding in each]
    errors = sum(finding.severity is Severity.ERROR for finding in findings)
    out = console()
    for finding in findings:
        if json:
            print_json(_document(finding))
        else:
            out.print(finding_line(finding))
    if not json and not errors:
        out.print(f"{_count(len(found), 'file')} checked: {'good, with remarks' if findings else 'good'}")
    if errors:
        if not json:
            failure(f"{_count(errors, 'mistake')} and {_count(len(findings) - errors, 'remark')} in {_count(len(found), 'file')}")
        raise typer.Exit(1)


def finding_line(finding: Finding) -> Text:
    """Return one finding as people read it."""
    colour = "red" if finding.severity is Severity.ERROR else "yellow"
    return Text.assemble(
        f"{finding.path}:{finding.line}: ",
        (f"{finding.severity} [{finding.rule}]", colour),
        f" {finding.pointer or '/'}: {finding.message}",
    )


def _document(finding: Finding) -> dict[str, Any]:
    return {
        "path": str(finding.path),
        "line": finding.line,
        "pointer": finding.pointer,
        "rule": finding.rule,
        "severity": str(finding.severity),
        "message": finding.message,
    }


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
