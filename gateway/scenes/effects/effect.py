"""The effect of one run, as its report has it: every aim with its limits, every device with its curve and verdict."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from gateway.scenes.effects.limits import Limits
from gateway.scenes.effects.measured import Measured, Verdict
from gateway.scenes.effects.target import Target

MOST_DEVICES: Final = 64
"""Devices of one aim that are measured."""
NOBODY: Final = "nobody in this home is meant"


@dataclass(slots=True, kw_only=True)
class Aimed:
    """One aim of a run, and who is measured for it."""

    target: Target
    devices: list[Measured]
    verdict: Verdict = Verdict.OPEN
    detail: str = ""

    def conclude(self) -> None:
        """Judge all of them together: enough of those that could be measured have reached it."""
        counted = [each for each in self.devices if each.verdict in {Verdict.REACHED, Verdict.NOT_REACHED}]
        reached = sum(each.verdict is Verdict.REACHED for each in counted)
        if not counted:
            self.verdict = Verdict.UNMEASURABLE
            self.detail = self.detail or ("" if self.devices else NOBODY)
        elif 100 * reached >= self.target.share * len(counted):
            self.verdict = Verdict.REACHED
        else:
            self.verdict = Verdict.NOT_REACHED
        if counted and len(counted) < len(self.devices):
            self.detail = f"of {len(self.devices)} devices {len(counted)} could be measured"

    def cut_off(self, why: str) -> None:
        """End it without a verdict on whoever has none."""
        self.verdict, self.detail = Verdict.CUT_OFF, why
        for each in self.devices:
            if each.verdict is Verdict.OPEN:
                each.verdict = Verdict.CUT_OFF

    def document(self) -> dict[str, Any]:
        """Return it as JSON; times in seconds, `limits` in `unit`, `share` in percent."""
        target = self.target
        head = {"line": target.line, "property": target.property, "unit": target.unit, "limits": target.limits.document()}
        head |= {"after": target.after, "for": target.hold, "share": target.share, "public": target.public}
        told = {"verdict": self.verdict.value, "detail": self.detail}
        return head | told | {"devices": [each.document() for each in self.devices]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        devices = [Measured.of(each) for each in document["devices"]]
        target = Target(
            line=document["line"],
            property=document["property"],
            unit=document["unit"],
            limits=Limits.of(document["limits"]),
            after=document["after"],
            hold=document["for"],
            share=document["share"],
            public=document["public"],
            devices=tuple(each.device for each in devices),
        )
        return cls(target=target, devices=devices, verdict=Verdict(document["verdict"]), detail=document["detail"])


@dataclass(slots=True, kw_only=True)
class Effect:
    """All aims of a run; `gap`: seconds the hub was not there to measure."""

    aims: list[Aimed] = field(default_factory=list)
    gap: float = 0.0

    @property
    def over(self) -> bool:
        """Return whether nothing is measured any more."""
        return all(aimed.verdict is not Verdict.OPEN for aimed in self.aims)

    @property
    def good(self) -> bool | None:
        """Return whether the scene did what it is for: None while, or where, nobody knows."""
        verdicts = {aimed.verdict for aimed in self.aims}
        if Verdict.NOT_REACHED in verdicts:
            return False
        return True if self.over and Verdict.REACHED in verdicts else None

    def document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {"over": self.over, "good": self.good, "gap": round(self.gap, 1), "aims": [aimed.document() for aimed in self.aims]}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """Return what a document says."""
        return cls(aims=[Aimed.of(each) for each in document["aims"]], gap=document["gap"])


def effect_to_be(targets: Iterable[Target]) -> Effect | None:
    """Return what is to be measured, None where that is nothing."""
    aims = [
        Aimed(target=target, devices=[Measured(device=device) for device in target.devices[:MOST_DEVICES]], detail=_left_out(target))
        for target in targets
    ]
    return Effect(aims=aims) if aims else None


def _left_out(target: Target) -> str:
    left = len(target.devices) - MOST_DEVICES
    return f"{left} more devices are not measured" if left > 0 else ""
