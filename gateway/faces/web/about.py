"""What an appliance is: its names, how it is reached, its profile, its marks. Names and rooms are changed here."""

from collections.abc import Mapping
from typing import Any, Final

from nicegui import ui

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, field, show_value, text, typed
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.trust.roles import Permission, may, require

_TONES: Final = {"verified": "good", "rejected": "bad"}


async def about(page: Sheet, twin: Twin) -> None:
    """Draw the section; what is private only for those who may read it."""
    say = page.tongue
    with box("section", "section", aria_label=say("appliance.about")):
        text(say("appliance.about"), tag="h2")
        with box("card stack"):
            with box("facts", "dl"):
                for title, value in _facts(page, twin):
                    with box(""):
                        text(title, tag="dt")
                        text(value, "literal", "dd")
            await _marks(page, twin)
            if may(page.who().role, Permission.ADMINISTER):
                _names(page, twin)


def _facts(page: Sheet, twin: Twin) -> list[tuple[str, str]]:
    say, about, model = page.tongue, twin.description, twin.instance.model
    facts = [
        (say("appliance.kind"), say.title(model.document)),
        (say("appliance.room"), say.room(twin.room) or say("none")),
        (say("appliance.locality"), say(f"locality.{about.locality.value}")),
        (say("appliance.profile"), f"{model.kind} {model.version} ({model.maturity})"),
        (say("appliance.id"), twin.id),
    ]
    identity = twin.values.get("identity")
    if isinstance(identity, dict) and may(page.who().role, Permission.READ_PRIVATE):
        schema = twin.instance.properties["identity"].schema
        members = schema.get("properties", {})
        facts += [(say.title(members.get(name, {}), name), shown(say, members.get(name, {}), value)) for name, value in identity.items()]
    features = [
        say.title({"titles": model.document["hl:features"][name]["titles"]})
        for name in about.features
        if name in model.document["hl:features"]
    ]
    return [*facts, (say("appliance.features"), say.comma.join(features))] if features else facts


async def _marks(page: Sheet, twin: Twin) -> None:
    """Draw energy labels, the safe-use term, consumables, and what certificates are worth."""
    say, known = page.tongue, twin.instance.properties
    for label in twin.values.get("energyLabel") or []:
        with box("row"):
            text(say("appliance.label"), "grow", "h3")
            text(say("appliance.label.grade", grade=label["grade"], all=label["gradesTotal"]), "badge good", "span")
            text(str(label["std"]), "soft small literal", "span")
    for name in ("safeUse", "consumables"):
        if name in known and twin.values.get(name):
            with box("tight"):
                text(say.title(known[name].schema, name), tag="h3")
                text(shown(say, {**known[name].schema, "readOnly": True}, twin.values[name]), "soft literal")
    text(say("appliance.marks"), tag="h3")
    standings = await page.whole.home.claims.standings(twin)
    if not standings:
        text(say("appliance.nomarks"), "soft")
    for standing in standings:
        _standing(page, standing)


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
    wanted = {"name": twin.label.name or twin.name, "room": twin.room}
    with box("row"):
        with box("grow"):
            name = field(say("appliance.name"), maxlength="64")
        with box("grow"):
            room = field(say("appliance.room"), maxlength="64")
    show_value(name, wanted["name"])
    show_value(room, wanted["room"])
    typed(name, lambda content: wanted.update(name=content))
    typed(room, lambda content: wanted.update(room=content))
    notes = box("hidden")

    async def save() -> None:
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.home.rename(twin.id, wanted["name"])
            await page.whole.home.place(twin.id, wanted["room"])
        except CommandError as error:
            told(page, notes, refused(page, twin.id, error))
            return
        told(page, notes, None)
        ui.notify(say("action.done"), type="positive")

    with box("row"):
        button(say("save"), save)
