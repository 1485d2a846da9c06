"""Alerts that wait for somebody, at the head of the home, with the one press that says: I have seen it."""

from gateway.errors import CommandError
from gateway.faces.web.asking import refused
from gateway.faces.web.parts import box, button, icon, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import moment
from gateway.faces.web.widgets import told
from gateway.scenes.alerts.alert import Alert


def alerts(page: Sheet) -> None:
    """Draw the place of the alerts; it is empty while nobody waits."""
    place = box("tight", "section", aria_label=page.tongue("alerts"), aria_live="assertive")

    def look() -> None:
        place.clear()
        waiting = page.whole.alerts.listing(waiting=True)
        place.classes(remove="hidden") if waiting else place.classes(add="hidden")
        with place:
            for alert in waiting:
                _alert(page, alert)

    look()
    page.hear(page.watch.alerts, look)


def _alert(page: Sheet, alert: Alert) -> None:
    notes = None

    async def seen() -> None:
        try:
            await page.whole.alerts.acknowledge(alert.id, page.who())
        except CommandError as error:
            if notes is not None:
                told(page, notes, refused(page, "", error))

    with box("notice bad tight", role="alert"):
        with box("row"):
            icon("notifications_active", "bad")
            with box("grow words"):
                text(page.tongue.either(alert.notice.text), "literal", "strong")
                text(page.tongue("alerts.since", time=moment(alert.raised, page.now()), n=alert.tellings), "soft small")
            button(page.tongue("alerts.seen"), seen, "main-action")
        notes = box("hidden")
