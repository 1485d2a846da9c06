"""*Vendor desk*: the conformance suite on an appliance of the home or on one that is simulated for it, and the runs of before."""

from typing import Any, Final

from nicegui import ui

from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import refused
from gateway.faces.web.frame import frame
from gateway.faces.web.parts import box, button, choices, field, set_attribute, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown as shown_as
from gateway.faces.web.vendor_run import RunView, standing_of
from gateway.faces.web.widgets import told
from gateway.lifecycle.lent import Trial
from gateway.trust.roles import Permission, may, require

LOOK_SECONDS: Final = 1.0
BUDGETS: Final = ("60", "180", "600", "1800")
SIMULATED: Final = "*"
"""What stands in the list of appliances for one that is started for the run; no device is called so."""
_WHEN: Final = {"format": "date-time"}
WIRES: Final = ("native", "native-coap", "native-mqtt")


def vendor_page(page: Sheet) -> None:
    """Draw the page."""
    tongue = page.tongue
    with frame(page, tongue("vendor.title"), here="/vendor", back="/system"):
        text(tongue("vendor.hint"), "soft")
        if not may(page.who().role, Permission.ADMINISTER):
            text(tongue("vendor.owner"), "notice")
            return
        _Desk(page, _kinds(page)).draw()


def _kinds(page: Sheet) -> dict[str, str]:
    """Return every kind of the standard with what it is called, in the order of the words."""
    named = {kind: page.called(kind) for kind in page.whole.library.kinds()}
    return dict(sorted(named.items(), key=lambda each: each[1].lower()))


class _Desk:
    """One page: what is to be judged, the run that is looked at, and the others."""

    def __init__(self, page: Sheet, kinds: dict[str, str]) -> None:
        self._page = page
        self._kinds = kinds
        self._wish: dict[str, str] = {"device": "", "budget": "600", "tests": ""}
        self._simulator = {"kind": "plug", "wire": WIRES[0], "twin": ""}
        self._chosen = ""
        self._listed: Any = None
        self._view: RunView | None = None
        self._busy = False

    def draw(self) -> None:
        """Draw everything."""
        with box("card stack"):
            self._form()
        self._place = box("stack", "section", aria_label=self._page.tongue("vendor.run.shown"))
        with box("section", "section", aria_label=self._page.tongue("vendor.runs")):
            text(self._page.tongue("vendor.runs"), tag="h2")
            self._runs = box("card tight")
        self.look()
        ui.timer(LOOK_SECONDS, lambda: self.look() if self._page.there() else None)

    def _form(self) -> None:
        page, tongue = self._page, self._page.tongue
        home = page.whole.home
        names = {device: f"{page.name(home.twin(device))} ({device})" for device in home.devices()}
        offered = dict(sorted(names.items(), key=lambda each: each[1].lower())) | {SIMULATED: tongue("vendor.simulated")}
        self._wish["device"] = next(iter(offered))
        picked = field(tongue("vendor.pick"), "select", keep="device")
        choices(picked, offered, self._wish["device"])
        typed(picked, self._picked, "change")
        self._hurried = text(tongue("vendor.hurried") if page.whole.status()["demo"] else "", "soft small")
        self._simulation()
        with box("grid wide-cells"):
            longest = field(tongue("vendor.budget"), "select", keep="budget")
            choices(longest, {seconds: tongue(f"vendor.budget.{seconds}") for seconds in BUDGETS}, self._wish["budget"])
            typed(longest, lambda seconds: self._wish.update(budget=seconds), "change")
            tests = field(tongue("vendor.tests"), keep="tests", placeholder="T,C1,C2", spellcheck="false", maxlength="200")
            typed(tests, lambda words: self._wish.update(tests=words.replace(" ", "")))
        with box("row"):
            self._run = button(tongue("vendor.run"), self._start, "main-action", sign="play_arrow")
            self._stop = button(tongue("vendor.stop"), self._end, "hidden", sign="stop")
        self._notes = box("hidden")

    def _simulation(self) -> None:
        """Draw what can be said of an appliance that is to be simulated."""
        tongue = self._page.tongue
        self._simulated = box("stack hidden")
        with self._simulated:
            with box("grid wide-cells"):
                kind = field(tongue("vendor.kind"), "select", keep="kind")
                choices(kind, self._kinds, self._simulator["kind"])
                typed(kind, lambda chosen: self._simulate(kind=chosen), "change")
                wire = field(tongue("vendor.wire"), "select", keep="wire")
                choices(wire, {each: tongue(f"vendor.wire.{each}") for each in WIRES}, self._simulator["wire"])
                typed(wire, lambda chosen: self._simulate(wire=chosen), "change")
            self._twin = field(tongue("vendor.twin"), "select")
            typed(self._twin, lambda chosen: self._simulator.update(twin=chosen), "change")
            text(tongue("vendor.twin.hint"), "soft small")

    async def _picked(self, device: str) -> None:
        self._wish["device"] = device
        simulated = device == SIMULATED
        self._simulated.classes(remove="hidden") if simulated else self._simulated.classes(add="hidden")
        self._hurried.classes(add="hidden") if simulated else self._hurried.classes(remove="hidden")
        if simulated:
            await self._simulate()

    async def _simulate(self, **chosen: str) -> None:
        """Take another kind or wire, and offer the defects there are of it."""
        self._simulator |= {**chosen, "twin": ""}
        tongue = self._page.tongue
        twins = await self._page.whole.trials.offers(self._simulator["kind"], self._simulator["wire"])
        offered = {name: f"{tongue.comma.join(twin['caughtBy'])}: {tongue.either(twin)}" for name, twin in twins.items()}
        self._twin.clear()
        choices(self._twin, {"": tongue("vendor.twin.none")} | dict(sorted(offered.items(), key=lambda each: each[1])), "")

    async def _start(self) -> None:
        if self._busy:
            return
        page, self._busy = self._page, True
        device, target = self._wish["device"], dict(self._simulator)
        wish: dict[str, Any] = {"budget": int(self._wish["budget"]), "tests": self._wish["tests"], "language": page.tongue.language}
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            trial = await page.whole.trials.start(wish | ({"simulator": target} if device == SIMULATED else {"device": device}))
            self._chosen = trial.id
            judged = f"simulated {target['kind']}" if device == SIMULATED else device
            await page.whole.journal.record("conformance", actor=who.name, target=judged, source="page")
            told(page, self._notes, None)
            for name in ("device", "kind", "wire", "budget", "tests"):
                page.settled(name)
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
        except HulianError as error:
            ui.notify(str(error), type="negative")
        finally:
            self._busy = False
        self.look()

    async def _end(self) -> None:
        try:
            require(self._page.who(), Permission.ADMINISTER)
        except CommandError as error:
            told(self._page, self._notes, refused(self._page, "", error))
            return
        for trial in self._page.whole.trials.all():
            await trial.stop()

    def look(self) -> None:
        """Show how it stands."""
        trials = {trial.id: trial for trial in reversed(self._page.whole.trials.all())}
        documents = {name: trial.document() for name, trial in trials.items()}
        running = any(document["state"] == "running" for document in documents.values())
        set_attribute(self._run, "disabled", True if running else None)
        self._stop.classes(remove="hidden") if running else self._stop.classes(add="hidden")
        shown = self._chosen if self._chosen in trials else next(iter(trials), "")
        if shown:
            self._show(trials[shown], documents[shown])
        self._list(documents, shown)

    def _show(self, trial: Trial, document: dict[str, Any]) -> None:
        if self._view is None or self._view.trial.id != trial.id:
            self._place.clear()
            with self._place:
                self._view = RunView(self._page, trial, self._named(document))
        self._view.look(document)

    def _list(self, documents: dict[str, dict[str, Any]], shown: str) -> None:
        now = (shown, [(name, standing_of(document)) for name, document in documents.items()])
        if now == self._listed:
            return
        self._listed = now
        self._runs.clear()
        tongue = self._page.tongue
        with self._runs:
            if not documents:
                text(tongue("vendor.norun"), "soft")
            for name, document in documents.items():
                called, began = self._named(document), shown_as(tongue, _WHEN, document["began"])
                with box("row"):
                    with box("grow").style("flex-basis: 180px"):
                        text(called, "literal")
                        text(began, "soft small")
                    word, tone = standing_of(document)
                    text(tongue(word), f"badge {tone}", "span")
                    opening = button(
                        tongue("vendor.open"), lambda name=name: self._open(name), says=f"{tongue('vendor.open')}: {called}, {began}"
                    )
                    set_attribute(opening, "aria-pressed", "true" if name == shown else "false")

    def _open(self, name: str) -> None:
        self._chosen = name
        self.look()

    def _named(self, document: dict[str, Any]) -> str:
        """Return what was judged, as people call it."""
        page, simulator = self._page, document["simulator"]
        if simulator is None:
            device = str(document["device"])
            return page.name(page.whole.home.twin(device)) if device in page.whole.home.devices() else device
        kind = self._kinds.get(simulator["kind"], simulator["kind"])
        return say_simulated(page, kind, simulator["twin"])


def say_simulated(page: Sheet, kind: str, twin: str) -> str:
    """Return what a simulated appliance is called."""
    return page.tongue("vendor.simulated.bad", kind=kind, twin=twin) if twin else page.tongue("vendor.simulated.good", kind=kind)
