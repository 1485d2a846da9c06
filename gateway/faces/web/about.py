"""What an appliance is: its names, how it is reached, its profile, its marks. Names and rooms are changed here."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.frame import section
from gateway.faces.web.look import SIMPLE, main_of
from gateway.faces.web.parts import box, button, field, set_attribute, show_value, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.trust.roles import Permission, may, require

_TONES: Final = {"verified": "good", "rejected": "bad"}


async def about(page: Sheet, twin: Twin) -> None:
    """Draw the section; what is private only for those who may read it."""
    say = page.tongue
    with section(page, "appliance.about"), box("card stack"):
        if may(page.who().role, Permission.ADMINISTER):
            _names(page, twin)
        _kept(page, twin.id)
        await _marks(page, twin)
        with box("", "details"):
            text(say("appliance.details"), tag="summary")
            _listed(_details(page, twin))


def _kept(page: Sheet, device: str) -> None:
    """Draw what it is, anew when somebody says otherwise: the room it stands in."""
    place = box("")
    drawn: list[list[tuple[str, str]]] = []

    def look() -> None:
        if device not in page.whole.home.devices() or [facts := _facts(page, page.whole.home.twin(device))] == drawn:
            return
        drawn[:] = [facts]
        place.clear()
        with place:
            _listed(facts)

    look()
    page.follow(device, look)


def _listed(facts: list[tuple[str, str]]) -> None:
    with box("facts", "dl"):
        for title, value in facts:
            with box(""):
                text(title, tag="dt")
                text(value, "literal", "dd")


def _facts(page: Sheet, twin: Twin) -> list[tuple[str, str]]:
    say, about = page.tongue, twin.description
    facts = [
        (say("appliance.kind"), say.title(twin.instance.model.document)),
        (say("appliance.room"), say.room(twin.room) or say("none")),
        (say("appliance.locality"), say(f"locality.{about.locality.value}")),
    ]
    term = twin.values.get("safeUse")
    if isinstance(term, dict) and term["state"] != "unknown":
        until = [say("certificate.until", date=term["until"])] if "until" in term else []
        facts.append((say("appliance.safe-use"), say.comma.join([*until, say.word(term["state"])])))
    return facts


def _details(page: Sheet, twin: Twin) -> list[tuple[str, str]]:
    """Return what few people look for: its id, its profile and version, what its maker says of itself, its features."""
    say, about, model = page.tongue, twin.description, twin.instance.model
    facts = [(say("appliance.id"), twin.id), (say("appliance.profile"), f"{model.kind} {model.version} ({say.word(model.maturity)})")]
    identity = twin.values.get("identity")
    if isinstance(identity, dict) and may(page.who().role, Permission.READ_PRIVATE):
        members = twin.instance.properties["identity"].schema.get("properties", {})
        facts += [(say.title(members.get(name, {}), name), shown(say, members.get(name, {}), value)) for name, value in identity.items()]
    known = model.document["hl:features"]
    features = [say.title({"titles": known[name]["titles"]}) for name in about.features if name in known]
    return [*facts, (say("appliance.features"), say.comma.join(features))] if features else facts


async def _marks(page: Sheet, twin: Twin) -> None:
    """Draw energy labels, consumables, and what certificates are worth."""
    say = page.tongue
    for label in twin.values.get("energyLabel") or []:
        scheme = f"label.{label['scheme']}"
        with box("row"):
            text(say(scheme) if scheme in say.phrases else str(label["scheme"]), "grow", "h3")
            text(str(label["std"]), "soft small literal", "span")
            text(say("appliance.label.grade", grade=label["grade"], all=label["gradesTotal"]), "badge good", "span")
    if "consumables" in twin.instance.properties and (parts := twin.values.get("consumables")):
        text(say("appliance.consumables"), tag="h3")
        for part in parts:
            _consumable(page, part)
    standings = await page.whole.home.claims.standings(twin)
    if standings:
        text(say("appliance.marks"), tag="h3")
    for standing in standings:
        _standing(page, standing)


def _consumable(page: Sheet, part: Mapping[str, Any]) -> None:
    """Draw one consumable: how much of it is left, when to order another one, and what it is called where it is sold."""
    say, left = page.tongue, float(part["remaining"])
    due = left <= float(part.get("orderAt", 0))
    with box("tight"):
        with box("row"):
            text(say.word(part["kind"]), "grow literal", "span")
            text(str(part.get("partNo", "")), "soft small literal", "span")
            text(
                say("appliance.rest", n=f"{left:.0f}%") + (f" · {say('appliance.order')}" if due else ""),
                "badge warn" if due else "badge",
                "span",
            )
        with box("bar"):
            box("").style(f"width: {left:.0f}%")


def _standing(page: Sheet, standing: Mapping[str, Any]) -> None:
    """Draw what one certificate is worth."""
    say, outcome = page.tongue, str(standing["outcome"])
    with box("row"):
        text(say(f"certificate.{outcome}"), f"badge {_TONES.get(outcome, 'warn')}", "span")
        if standing.get("mark"):
            text(say("certificate.what", mark=standing["mark"], number=standing["number"], holder=standing["holder"]), "literal")
        if standing.get("until"):
            text(say("certificate.until", date=standing["until"]), "soft small")
    if standing.get("step"):
        text(str(standing["reason"]), "soft small literal")


def _names(page: Sheet, twin: Twin) -> None:
    say = page.tongue
    wanted = {"name": twin.label.name, "room": twin.room}
    with box("row pair"):
        with box("grow"):
            name = field(say("appliance.name"), keep="name", maxlength="64", placeholder=page.name(twin))
        with box("grow"):
            room = field(say("appliance.room"), keep="room", maxlength="64", list="rooms")
    show_value(name, wanted["name"])
    with box("", "datalist") as rooms:
        for each in sorted({page.whole.home.twin(device).room for device in page.whole.home.devices()} - {""}):
            box("", "option", value=say.room(each))
    rooms.props["id"] = "rooms"
    show_value(room, say.room(wanted["room"]))
    typed(name, lambda content: wanted.update(name=content))
    typed(room, lambda content: wanted.update(room=say.room_named(content)))
    notes = box("hidden")

    async def save() -> None:
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.home.rename(twin.id, wanted["name"])
            await page.whole.home.place(twin.id, wanted["room"])
        except CommandError as error:
            told(page, notes, replace(refused(page, twin.id, error), title=say("error.name")))
            return
        told(page, notes, None)
        for each in wanted:
            page.settled(each)
        ui.notify(say("saved"), type="positive")

    async def show(chosen: bool) -> None:
        try:
            require(page.who(), Permission.ADMINISTER)
        except CommandError as error:
            told(page, notes, refused(page, twin.id, error))
            return
        tags = {*page.whole.home.twin(twin.id).tags} - {SIMPLE}
        await page.whole.home.tag(twin.id, sorted(tags | ({SIMPLE} if chosen else set())))
        set_attribute(simple, "aria-checked", "true" if chosen else "false")

    with box("row"):
        button(say("save"), save)
    if main_of(twin) is not None:
        with box("row"):
            text(say("simple.show"), "grow")
            simple = box("switch", "button", type="button", role="switch", aria_label=say("simple.show"))
        set_attribute(simple, "aria-checked", "true" if SIMPLE in twin.tags else "false")
        simple.on("click", lambda: show(SIMPLE not in page.whole.home.twin(twin.id).tags))
