"""Taking an appliance out of the home: asked twice, and only where nothing else would go with it."""

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.frame import section
from gateway.faces.web.parts import box, button, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.widgets import told
from gateway.home.twin import Twin
from gateway.trust.roles import Permission, may, require


def removal(page: Sheet, twin: Twin) -> None:
    """Draw the section of one device; the page itself says that it is gone, once it is."""
    say = page.tongue
    if not may(page.who().role, Permission.ADMINISTER) or not _alone(page, twin):
        return

    async def remove() -> None:
        question = say("appliance.remove.sure", name=page.name(twin))
        if not await confirmed(page, say("danger.title"), question, do=say("appliance.remove.do")):
            return
        try:
            await _removed(page, twin.id)
        except CommandError as error:
            told(page, notes, refused(page, twin.id, error))

    with section(page, "appliance.remove"), box("card stack"):
        text(say("appliance.remove.hint"), "soft")
        with box("row"):
            button(say("appliance.remove.do"), remove, "danger", sign="delete_outline")
        notes = box("hidden")


def _alone(page: Sheet, twin: Twin) -> bool:
    """Return whether nothing else goes with it: what one unit speaks for is one registration, which is forgotten as a whole."""
    carrier = page.whole.home.names.identity(twin.id)
    return not carrier.driver or len(page.whole.home.names.carried_by(carrier.driver, carrier.key)) <= 1


async def _removed(page: Sheet, device: str) -> None:
    who = page.who()
    require(who, Permission.ADMINISTER)
    await page.whole.ask("forget", {"device": device})
    await page.whole.journal.record("forgot", actor=who.name, target=device, source="page")
