"""What is asked of the hub's scenes over a network, whatever the wire: list, run, result; and arranging them, for an owner.

Who reads sees what a scene did, never what is private: what devices showed before, and values of private properties, stay in the hub.
"""

from collections.abc import Container, Mapping
from typing import Any, Final

from gateway.errors import BadSyntax, ReadOnly, Unknown
from gateway.home.home import Home
from gateway.scenes.alerts.showing import shown
from gateway.scenes.effects.curve import few
from gateway.scenes.effects.effect import Effect
from gateway.scenes.report import Line, Report
from gateway.scenes.scenes import Scenes
from gateway.scenes.turns.showing import sentences
from gateway.thing.principal import Principal
from gateway.thing.timestamp import iso
from gateway.thing.value import Value
from gateway.trust.roles import Permission, require

HUB: Final = "$"
"""The `dev` of an envelope that is meant for the hub itself."""
POINTS: Final = 24
"""Of a curve that is shown over a network; `hulian scene effect` has them all."""
ACTIONS: Final = ("runScene", "undoScene", "putScene", "removeScene", "acknowledgeAlert")
LISTED: Final = ("id", "names", "version", "parameters")


class SceneDesk:
    """The scenes of one home, as somebody outside may see and use them."""

    def __init__(self, scenes: Scenes, home: Home) -> None:
        self.scenes = scenes
        self._home = home

    def listing(self, *, state: bool) -> list[dict[str, Any]]:
        """Return every scene; with `state` also whether it is on, partly or off just now."""
        names = (*LISTED, "state") if state else LISTED
        return [{name: record[name] for name in names} for record in self.scenes.listing()]

    def record(self, scene: str) -> dict[str, Any]:
        """Return one scene with its state and its newest report; raise Unknown."""
        found = next((record for record in self.listing(state=True) if record["id"] == scene), None)
        if found is None:
            self.scenes.text(scene)
            raise Unknown(f"no scene is called {scene!r}")
        newest = self.scenes.runs.reports(scene, 1)
        return found | {"report": self.document(newest[0]) if newest else None}

    def document(self, report: Report) -> dict[str, Any]:
        """Return a report as everybody may see it who may read."""
        told: dict[str, Any] = {"id": report.id, "scene": report.scene, "by": report.by.name, "began": iso(report.began)}
        told |= {"ended": None if report.ended is None else iso(report.ended), "good": report.good}
        told |= {name: text for name, text in (("why", report.why), ("undoes", report.undoes)) if text}
        if report.trigger is not None:
            told["trigger"] = report.trigger | {name: iso(report.trigger[name]) for name in ("at", "due") if name in report.trigger}
        if report.effect is not None:
            told["effect"] = self._effect(report.effect)
        if report.power:
            power = {name: value for name, value in report.power.items() if name != "shed"}
            told["power"] = power | {"text": sentences(report.power)}
        if report.alerts:
            told["alerts"] = [raising.id for raising in report.alerts if raising.raised]
        return told | {"lines": [self._line(line) for line in report.lines]}

    def _effect(self, effect: Effect) -> dict[str, Any]:
        """Return what was measured, without what is private, its curves with a few points each."""
        document = effect.document()
        for aim in document["aims"]:
            aim["devices"] = [each for each in aim["devices"] if aim["property"] not in self._private(each["device"], aim["property"])]
            for each in aim["devices"]:
                each["curve"] = few(each["curve"], POINTS)
        return document

    def _private(self, device: str, name: str) -> Container[str]:
        return self._home.twin(device).private if device in self._home.devices() else {name}

    def alerts(self, *, waiting: bool) -> list[dict[str, Any]]:
        """Return the alerts, the newest first; with `waiting` those that wait for somebody."""
        return [] if self.scenes.alerts is None else [shown(alert) for alert in self.scenes.alerts.listing(waiting=waiting)]

    async def acknowledge(self, alert: str, principal: Principal) -> dict[str, Any]:
        """Note that somebody has seen an alert; raise Unknown, Forbidden."""
        if self.scenes.alerts is None:
            raise Unknown("there are no alerts here")
        return shown(await self.scenes.alerts.acknowledge(alert, principal))

    def _line(self, line: Line) -> dict[str, Any]:
        document = line.document()
        for name in ("input", "deadline", "onFail", "asked"):
            document.pop(name, None)
        if "set" in document:
            private = self._home.twin(line.device).private if line.device in self._home.devices() else line.asked.keys()
            document["set"] = {name: value for name, value in document["set"].items() if name not in private}
        return document

    async def run(self, scene: str, given: Value, principal: Principal) -> Report:
        """Begin a run; `given`: what its parameters are this time."""
        if not isinstance(given, Mapping | None):
            raise BadSyntax("what is given to a scene is a map of parameters to values")
        return await self.scenes.begin(scene, given or {}, principal)

    async def invoke(self, name: str, given: Value, principal: Principal) -> Report | dict[str, Any]:
        """Do what an envelope asks of the hub: one of ACTIONS; raise Unknown for what is none of these."""
        asked = given if isinstance(given, dict) else {}
        match name:
            case "runScene":
                return await self.run(_word(asked, "scene"), asked.get("with"), principal)
            case "undoScene":
                return await self.scenes.begin_undo(_word(asked, "run"), principal)
            case "putScene":
                return await self.put(_word(asked, "text"), principal)
            case "acknowledgeAlert":
                return await self.acknowledge(_word(asked, "alert"), principal)
            case "removeScene":
                await self.scenes.remove(_word(asked, "scene"), principal)
                return {}
        raise Unknown(f"the hub has no action {name[:64]!r}; it has {', '.join(ACTIONS)}")

    async def put(self, text: str, principal: Principal, scene: str = "") -> dict[str, Any]:
        """Keep a scene; only where it is called `scene`, when that is said."""
        require(principal, Permission.ADMINISTER)
        if scene and (found := (await self.scenes.checked(text))[0]) is not None and found.id != scene:
            raise BadSyntax(f"the document is called {found.id!r}, not {scene!r}")
        version, findings = await self.scenes.put(text, principal)
        return {"scene": version.scene, "version": version.number, "remarks": [f"line {each.line}: {each.message}" for each in findings]}

    def read(self, operation: str, name: str) -> Value:
        """Return what an envelope reads of the hub: the property `scenes`, or a run by its id."""
        if operation == "queryaction":
            return self.document(self.scenes.runs.report(name))
        if operation == "readproperty" and name == "alerts":
            return self.alerts(waiting=False)
        if operation == "readproperty" and name != "scenes":
            raise Unknown(f"the hub has no property {name[:64]!r}; it has scenes, alerts")
        listing = self.listing(state=True)
        return listing if operation == "readproperty" else {"scenes": listing, "alerts": self.alerts(waiting=False)}


def only_invoked(operation: str) -> None:
    """Raise ReadOnly for what writes or cancels something of the hub."""
    if operation != "invokeaction":
        raise ReadOnly("of the hub itself nothing can be written; `invokeaction` runScene runs a scene")


def _word(given: Mapping[str, Any], name: str) -> str:
    word = given.get(name)
    if not isinstance(word, str) or not word:
        raise BadSyntax(f"`in` needs `{name}`, a text")
    return word
