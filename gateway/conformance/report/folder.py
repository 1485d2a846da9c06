"""A report folder: everything one run leaves behind, for people, CI servers, a laboratory and a certificate."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from gateway.conformance.capsule import capsules, written
from gateway.conformance.plain import dumped
from gateway.conformance.report.junit import junit
from gateway.conformance.report.page import page
from gateway.conformance.report.records import lines
from gateway.conformance.report.security import edition, provision_rows
from gateway.conformance.report.words import ENGLISH
from gateway.conformance.verdict import Result
from gateway.errors import SetupError

HTML, JUNIT, RECORDS, SECURITY, DESCRIPTION, RUN = "report.html", "junit.xml", "verdicts.jsonl", "security.json", "td.json", "run.json"
STALE: Final = "capsule-*.json"


def write_report(folder: Path, result: Result, language: str = ENGLISH, run: Mapping[str, Any] | None = None) -> list[Path]:
    """Write all of a run into a folder and return the capsules among its files; raise SetupError where it cannot be written.

    `run`: what a certificate is made of later, where the device says enough for one.
    """
    told = capsules(result)
    files = {
        HTML: page(result, language).encode("utf-8", "replace"),
        JUNIT: junit(result),
        RECORDS: b"".join(lines(result)),
        SECURITY: _security(result),
        DESCRIPTION: result.description,
        **({RUN: dumped(run, indent=True)} if run is not None else {}),
        **{whole.file_name: written(whole) for whole in told},
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob(STALE):  # of the run before
            old.unlink()
        for name, content in files.items():
            (folder / name).write_bytes(content)
    except OSError as error:
        raise SetupError(f"the report cannot be written to {folder}: {error.strerror}") from error
    return [folder / whole.file_name for whole in told]


def _security(result: Result) -> bytes:
    document = {"edition": edition(), "target": result.target, "rows": [row.document() for row in provision_rows(result)]}
    return dumped(document, indent=True)
