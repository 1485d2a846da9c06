"""Self-diagnosis: runs the checks of the kind, as far as it was allowed to, and names what is most likely broken."""

from collections.abc import Mapping, Sequence
from typing import Any

from firmware_sim.faults import FaultBook, catalogue
from firmware_sim.models.model import Check, Model
from firmware_sim.models.procedure import Procedure

SECONDS = {"quick": 20.0, "full": 180.0}


def diagnosis(model: Model, faults: FaultBook, input: Mapping[str, Any]) -> Procedure:
    """Return the procedure; its output is judged on the state at the end, not at the beginning."""
    level, allowed = str(input.get("level", "quick")), frozenset(input.get("allow", ()))
    return Procedure([("checking", SECONDS[level])], finish=lambda result: _findings(model, faults, level, allowed, result))


def _findings(model: Model, faults: FaultBook, level: str, allowed: frozenset[str], result: str) -> dict[str, Any]:
    checks = model.checks()
    run = [check for check in checks if _may_run(check, level, allowed)] if result == "done" else []
    model.exercised = sorted({check.needs for check in run if check.needs})
    lines = [_line(check, ran=check in run) for check in checks]
    return {"checks": lines, "suspects": _suspects(run, faults), "freeze": [fault["freeze"] for fault in faults.document()]}


def _may_run(check: Check, level: str, allowed: frozenset[str]) -> bool:
    return check.needs is None or (level == "full" and check.needs in allowed)


def _line(check: Check, *, ran: bool) -> dict[str, Any]:
    if not ran:
        reason = f"needs level full and allow {check.needs}" if check.needs else "the diagnosis was stopped"
        return {"name": check.name, "result": "notRun", "detail": reason}
    return {"name": check.name, "result": "pass" if check.passed else "fail"}


def _suspects(run: Sequence[Check], faults: FaultBook) -> list[dict[str, Any]]:
    """Present faults first, then what failed checks point at; each component once, at most eight."""
    found: dict[str, dict[str, Any]] = {}
    for fault in faults.document():
        found.setdefault(str(fault["component"]), {"component": fault["component"], "code": fault["code"], "likelihood": 0.9})
    for code in (code for check in run if not check.passed for code in check.suspects):
        component = str(catalogue().get(code, {}).get("component", "unknown"))
        found.setdefault(component, {"component": component, "code": code, "likelihood": 0.5})
    return list(found.values())[:8]
