"""Calls about alerts: what there is to be seen by people, and that somebody has seen it; and the effect of a scene, once it is known."""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from gateway.errors import BadSyntax, Unknown
from gateway.faces.control.server import Call, Tell
from gateway.scenes.alerts.alerts import Alerts
from gateway.scenes.alerts.showing import shown
from gateway.scenes.report import Report
from gateway.scenes.scenes import Scenes
from gateway.thing.principal import LOCAL

LOOK: Final = 1.0
"""Seconds between two pictures of an effect that is measured."""


class AlertCalls:
    """The calls over the alerts and effects of one home."""

    def __init__(self, alerts: Alerts, scenes: Scenes) -> None:
        self._alerts = alerts
        self._scenes = scenes

    def table(self) -> dict[str, Call]:
        """Return every call by its name."""
        return {"alerts": self._listing, "alert-acknowledge": self._acknowledge, "scene-effect": self._effect}

    async def _listing(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        return [
            shown(alert) | {"told": dict(alert.came)} for alert in self._alerts.listing(waiting=arguments.get("waiting", False) is True)
        ]

    async def _acknowledge(self, arguments: Mapping[str, Any], _tell: Tell) -> Any:
        name = arguments.get("alert")
        if not isinstance(name, str):
            raise BadSyntax("`alert` is the id of an alert, as `hulian alerts` shows it")
        return shown(await self._alerts.acknowledge(name, LOCAL))

    async def _effect(self, arguments: Mapping[str, Any], tell: Tell) -> Any:
        """Return the report with its effect; with `wait` once that is known, and how it goes in between."""
        report = self._report(arguments)
        if report.effect is None:
            raise Unknown(f"{report.scene} says no effect: nothing is measured (`effect:` in its document says what it is for)")
        if arguments.get("wait", False) is True:
            await self._watch(report, tell)
        return report.document()

    async def _watch(self, report: Report, tell: Tell) -> None:
        await self._scenes.runs.end_of(report)
        before = ""
        while report.effect is not None and not report.effect.over:
            if (now := repr(report.effect.document())) != before:
                before = now
                await tell(report.document())
            await asyncio.sleep(LOOK)

    def _report(self, arguments: Mapping[str, Any]) -> Report:
        """Return the run that is named, or the newest of a scene that has an effect."""
        name = arguments.get("scene")
        if not isinstance(name, str) or not name:
            raise BadSyntax("`scene` is a scene or a run")
        found = self._scenes.runs.reports(name, 50)
        newest = next((report for report in found if report.effect is not None), found[0] if found else None)
        return newest or self._scenes.runs.report(name)
