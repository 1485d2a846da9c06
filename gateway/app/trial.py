"""One conformance run as the hub keeps it: how far it is, what was found, its files, and what is left of it after a restart."""

import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from gateway.thing.timestamp import iso

MOST_VERDICTS: Final = 1000
"""Verdicts that are kept in memory; the largest appliance is asked a third of that."""
FILES: Final = {
    "html": "report.html",
    "junit": "junit.xml",
    "jsonl": "verdicts.jsonl",
    "zip": "capsules.zip",
    "cose": "certificate.cose",
    "jws": "certificate.jws",
    "png": "certificate.png",
}
"""What can be downloaded of a run, by form: its reports, the capsules of its failures, its certificate."""
CERTIFICATE: Final = ("cose", "jws", "png")
RECORD: Final = "trial.json"
RUN: Final = "run.json"
"""What a certificate is made of: the judge writes it for a run that is complete and without a failure, of an appliance that says enough."""
_LEFT_OUT: Final = frozenset({"frames", "seed", "tried"})
"""Members of a verdict that only its report has: frames are long."""


@dataclass(kw_only=True)
class Record:
    """What a run has said, taken line by line. `checks`: how many were selected; `current`: the one that is tried now."""

    facts: dict[str, Any] = field(default_factory=dict)
    checks: int | None = None
    current: dict[str, Any] | None = None
    verdicts: list[dict[str, Any]] = field(default_factory=list)
    end: dict[str, Any] | None = None

    def hear(self, line: Mapping[str, Any]) -> None:
        """Take one line of the judge; what is none of its lines is left out."""
        match line.get("event"):
            case "run":
                self.facts, self.checks = dict(line), line.get("checks")
            case "check":
                self.current = {name: line.get(name) for name in ("id", "because", "at")}
            case "verdict" if len(self.verdicts) < MOST_VERDICTS:
                self.verdicts.append({name: value for name, value in line.items() if name not in _LEFT_OUT})
                self.current = None
            case "end":
                self.end, self.current = dict(line), None

    def subjects(self) -> dict[str, dict[str, int]]:
        """Return how many verdicts of each outcome there are, by whom they are about."""
        counted: dict[str, Counter[str]] = {}
        for verdict in self.verdicts:
            counted.setdefault(str(verdict.get("subject", "")), Counter())[str(verdict.get("outcome", ""))] += 1
        return {subject: dict(outcomes) for subject, outcomes in counted.items()}

    def lines(self) -> list[dict[str, Any]]:
        """Return what was said: the run, each verdict, how it ended."""
        return [line for line in (self.facts, *self.verdicts, self.end) if line]


@dataclass(kw_only=True)
class TrialState:
    """One run. `device`: of the home, or `simulator`: what was simulated for it; `state`: running, ended, failed or stopped.

    `language`: of its report; `phase`: of one that runs, starting (its simulator), judging or ending; `exit`: code of the judge;
    `trouble`: why there is no verdict.
    """

    id: str
    folder: Path
    began: float
    device: str = ""
    simulator: dict[str, str] | None = None
    language: str = "en"
    state: str = "running"
    phase: str = "starting"
    ended: float | None = None
    exit: int | None = None
    trouble: str = ""
    record: Record = field(default_factory=Record)

    def document(self, now: float) -> dict[str, Any]:
        """Return how it stands."""
        end = self.record.end or {}
        return {
            "id": self.id,
            "device": self.device,
            "simulator": self.simulator,
            "language": self.language,
            "state": self.state,
            "phase": self.phase if self.state == "running" else "",
            "began": iso(self.began),
            "ended": None if self.ended is None else iso(self.ended),
            "seconds": round((now if self.ended is None else self.ended) - self.began, 1),
            "checks": self.record.checks,
            "done": len(self.record.verdicts),
            "current": self.record.current,
            "subjects": self.record.subjects(),
            "conformant": None if self.exit is None or self.state != "ended" else self.exit == 0,
            "standing": end.get("standing", ""),
            "missing": [*end.get("missing", ()), *end.get("unjudged", ())],
            "trouble": self.trouble,
            "said": self.record.lines(),
            "reports": [form for form in FILES if self.report(form) is not None],
            "unsigned": self.unsigned(),
        }

    def report(self, form: str) -> Path | None:
        """Return the file in a form, None while there is none."""
        path = self.folder / FILES[form] if form in FILES else None
        return path if path is not None and path.is_file() else None

    def unsigned(self) -> str:
        """Return why there can be no certificate: running, failed, incomplete, unsaid (maker or model), noverdict; "" where there can."""
        if self.state == "running":
            return "running"
        standing = (self.record.end or {}).get("standing", "")
        if standing == "not-conformant":
            return "failed"
        if self.state != "ended" or standing not in {"conformant", "incomplete"}:
            return "noverdict"
        if standing == "incomplete" or (self.record.end or {}).get("stopped"):
            return "incomplete"
        return "" if (self.folder / RUN).is_file() else "unsaid"

    def write_down(self, state: str, ended: float) -> None:
        """Write down how it ended, put the capsules of its failures into one file, and clear the stage; for a thread."""
        shutil.rmtree(self.folder / "broker", ignore_errors=True)
        if capsules := sorted(self.folder.glob("capsule-*.json")):
            with zipfile.ZipFile(self.folder / FILES["zip"], "w", zipfile.ZIP_DEFLATED) as packed:
                for capsule in capsules:
                    packed.write(capsule, capsule.name)
        kept = {name: getattr(self, name) for name in ("id", "device", "simulator", "language", "began", "exit", "trouble")}
        kept |= {"state": state, "ended": ended, "lines": self.record.lines()}
        (self.folder / RECORD).write_text(json.dumps(kept), encoding="utf-8")


def recalled(folder: Path) -> TrialState | None:
    """Return a run of an earlier life of the hub from its folder, None where there is none that ended; for a thread."""
    try:
        kept = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        lines = kept.pop("lines")
        found = TrialState(folder=folder, phase="", **kept)
        for line in lines:
            found.record.hear(line)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return found if found.id == folder.name and found.state != "running" else None
