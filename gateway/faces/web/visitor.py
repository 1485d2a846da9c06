"""Who looks at the pages, and the way out for whoever logged in."""

from gateway.faces.web.parts import box, button, icon, text
from gateway.faces.web.sheet import Sheet
from gateway.thing.principal import LOCAL

_LEAVE = "() => fetch('/api/v1/logout', { method: 'POST' }).then(() => { window.hulian?.forget(); location.assign('/login?left=1'); })"


async def visitor(page: Sheet) -> None:
    """Draw who it is and in which role; whoever needed no login has nothing to leave."""
    say, who = page.tongue, page.who()
    clients = await page.whole.ask("clients", {})
    name = next((client.get("name") for client in clients if client["id"] == who.name), None) or who.name
    with box("card row"):
        icon("person_outline", "soft")
        with box("grow"):
            text(say("visitor.local") if who.name == LOCAL.name else say("visitor", name=name), "literal")
            text(say(f"role.{who.role.value}"), "soft small")
        if who.name != LOCAL.name:
            button(say("visitor.leave"), None, sign="logout").on("click", js_handler=_LEAVE)
