"""Another appliance in the place of one: what the new one cannot do and which scenes are touched, then it is done; and taken back."""

from collections.abc import Mapping, Sequence
from typing import Any

from nicegui import ui

from gateway.errors import CommandError, HulianError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.frame import section
from gateway.faces.web.parts import box, button, choices, field, icon, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.trust.roles import Permission, may, require


def successor(page: Sheet, twin: Twin) -> None:
    """Draw the section of one device."""
    tongue = page.tongue
    with section(page, "successor.title"):
        if not may(page.who().role, Permission.ADMINISTER):
            text(tongue("successor.owner"), "soft")
            return
        with box("card stack"):
            _Successor(page, twin).draw()


class _Successor:
    """What one page asks about one device."""

    def __init__(self, page: Sheet, twin: Twin) -> None:
        self._page = page
        self._twin = twin
        self._new = ""
        self._force = False

    def draw(self) -> None:
        """Draw the choice, and the way back where another stands in its place already."""
        page, tongue, mine = self._page, self._page.tongue, self._twin
        if (since := page.whole.home.replacing.since().get(mine.id)) is not None:
            text(tongue("successor.since", time=moment(since, page.now())), "soft")
            button(tongue("successor.undo"), self._take_back, sign="undo")
        text(tongue("successor.hint"), "soft")
        twins = [page.whole.home.twin(device) for device in page.whole.home.devices() if device != mine.id]
        twins.sort(key=lambda twin: (twin.description.kind != mine.description.kind, page.name(twin).lower()))
        if not twins:
            text(tongue("successor.none"), "soft")
            return
        self._new = twins[0].id
        picked = field(tongue("successor.pick"), "select")
        choices(picked, {twin.id: f"{page.name(twin)} ({page.kind(twin)}, {twin.id})" for twin in twins}, self._new)
        typed(picked, self._picked, "change")
        force = field(tongue("successor.when"), "select")
        choices(force, {"": tongue("successor.when.gone"), "force": tongue("successor.when.force")}, "")
        typed(force, self._forced, "change")
        button(tongue("successor.plan"), self._plan, sign="rule")
        self._notes = box("hidden")
        self._place = box("stack hidden", aria_live="polite")

    def _picked(self, device: str) -> None:
        self._new = device
        self._place.classes(add="hidden")

    def _forced(self, word: str) -> None:
        self._force = bool(word)
        self._place.classes(add="hidden")

    def _plan(self) -> None:
        page = self._page
        try:
            require(page.who(), Permission.ADMINISTER)
            plan = page.whole.replacement.plan(self._twin.id, self._new, force=True)  # looking moves nothing, whoever still answers
        except CommandError as error:
            self._place.classes(add="hidden")
            told(page, self._notes, refused(page, "", error))
            return
        told(page, self._notes, None)
        self._place.clear()
        self._place.classes(remove="hidden")
        with self._place:
            self._planned(plan)

    def _planned(self, plan: Mapping[str, Any]) -> None:
        tongue = self._page.tongue
        new, old = (self._page.name(self._page.whole.home.twin(plan[each]["id"])) for each in ("new", "old"))
        text(tongue("successor.means", new=new, old=old, id=plan["old"]["id"]), "literal")
        self._lacking(plan["lacks"])
        for need in plan["scenes"]:
            _line("error_outline", "bad", tongue("successor.scene", scene=need["scene"], n=need["line"], text=tongue.said(need["text"])))
        for tie in plan["links"]:
            _line("link_off", "warn", tongue("successor.link", link=tie))
        if plan["gains"]:
            _line("add_circle_outline", "good", tongue("successor.gains", what=tongue.comma.join(map(tongue.word, plan["gains"]))))
        if not plan["lacks"] and not plan["scenes"]:
            _line("check_circle_outline", "good", tongue("successor.nothing"))
        button(tongue("successor.do"), lambda: self._do(new, old), "danger", sign="swap_horiz")

    def _lacking(self, lacks: Sequence[Mapping[str, Any]]) -> None:
        """Tell what the new one has not at all in one line, and each thing it can do less of in a line of its own."""
        tongue, model = self._page.tongue, self._twin.instance
        known: Mapping[str, Any] = {**model.properties, **model.actions}
        titles = {name: tongue.title(each.schema, name) for name, each in known.items()}
        missing = [titles.get(lack["name"], lack["name"]) for lack in lacks if not lack["why"] and lack["what"] != "event"]
        if missing:
            _line("do_not_disturb_on", "warn", tongue("successor.lacks", what=tongue.comma.join(missing)))
        for lack in lacks:
            if lack["why"]:
                _line("do_not_disturb_on", "warn", f"{titles.get(lack['name'], lack['name'])}: {tongue.said(lack['why'])}")

    async def _do(self, new: str, old: str) -> None:
        page, tongue = self._page, self._page.tongue
        if not await confirmed(page, tongue("danger.title"), tongue("successor.sure", new=new, old=old), do=tongue("successor.do")):
            return
        await self._done(lambda by: page.whole.replacement.replace(self._twin.id, self._new, by, force=self._force))

    async def _take_back(self) -> None:
        page, tongue = self._page, self._page.tongue
        if not await confirmed(page, tongue("danger.title"), tongue("successor.undo.sure"), do=tongue("successor.undo")):
            return
        await self._done(lambda by: page.whole.replacement.take_back(self._twin.id, by))

    async def _done(self, do: Any) -> None:
        """Do it as whoever is logged in, and draw the page anew: it shows another appliance now."""
        page = self._page
        try:
            who = page.who()
            require(who, Permission.ADMINISTER)
            await do(who.name)
        except CommandError as error:
            told(page, self._notes, refused(page, "", error))
            return
        except HulianError as error:
            ui.notify(str(error), type="negative", position="top")
            return
        page.client.open(f"/device/{self._twin.id}")


def _line(sign: str, tone: str, words: str) -> None:
    with box("row"):
        icon(sign, tone)
        text(words, "grow literal")
