"""A conformance run as the hub would have kept it: made without a judge."""

import json
from pathlib import Path
from typing import Any

from gateway.trust.certificate.statement import facts_document
from tests.kit.certificates import FACTS

BEGAN = 1_796_000_000.0


def kept_run(data: Path, name: str = "trial-kept00", *, standing: str = "conformant", **changed: Any) -> Path:
    """Write a run that has ended into a data folder; return its own folder. `changed`: members of its record."""
    folder = data / "conformance" / name
    folder.mkdir(parents=True)
    verdict = {"event": "verdict", "id": "T1", "requirement": "T1", "outcome": "passed", "subject": "appliance"}
    end = {"event": "end", "standing": standing, "missing": [] if standing == "conformant" else ["C1"], "stopped": ""}
    record = {
        "id": name,
        "device": "",
        "simulator": {"kind": "plug", "wire": "native", "twin": ""},
        "began": BEGAN,
        "ended": BEGAN + 100,
        "state": "ended",
        "exit": 0,
        "trouble": "",
        "lines": [{"event": "run", "checks": 1}, verdict, end],
    }
    (folder / "trial.json").write_text(json.dumps(record | changed))
    (folder / "run.json").write_text(json.dumps(facts_document(FACTS)))
    return folder
