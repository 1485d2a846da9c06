"""*System*: how the hub is, who may come in, what was done at its door, and what a helper needs to understand it."""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from nicegui import Client, ui

from gateway.errors import CommandError
from gateway.faces.web.asking import confirmed, refused
from gateway.faces.web.frame import frame
from gateway.faces.web.log import log
from gateway.faces.web.parts import box, button, icon, link, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.value import shown
from gateway.faces.web.visitor import visitor
from gateway.faces.web.whole_home import whole_home
from gateway.faces.web.widgets import told
from gateway.thing.timestamp import from_iso
from gateway.trust.roles import Permission, may, require

MIB: Final = 1 << 20
DAY: Final = 86_400
STEADY_SECONDS: Final = 3600
"""From then on a pace says something: what is written at the start is no measure."""
OTHERS: Final = (
    ("/simple", "nav.simple", "accessibility_new", Permission.READ),
    ("/vendor", "nav.vendor", "fact_check", Permission.ADMINISTER),
)
"""Pages that have no place in a phone's navigation, and what one must be allowed to be led there."""
LESS: Final = {"owner": "user", "user": "viewer"}
"""The role below one that can be lowered."""
_WHEN: Final = {"format": "date-time"}


async def system_page(page: Sheet) -> None:
    """Draw the page."""
    say = page.tongue
    with frame(page, say("system.title"), here="/system"):
        await visitor(page)
        with box("row"):
            for target, phrase, sign, needs in OTHERS:
                if not may(page.who().role, needs):
                    continue
                with link(target, "button"):
                    icon(sign)
                    text(say(phrase), tag="span")
        _hub(page)
        _budgets(page)
        _sessions(page)
        if may(page.who().role, Permission.ADMINISTER):
            await _clients(page)
            whole_home(page)
            _help(page)
            await log(page)


def _hub(page: Sheet) -> None:
    say, status = page.tongue, page.whole.status()
    connected = say("system.connected" if status["mqttConnected"] else "system.disconnected")
    facts = [
        (say("system.version"), f"{status['version']} · {status['gateway']}"),
        (say("system.up"), shown(say, _WHEN, status["since"])),
        (say("system.mqtt"), f"{status['mqtt']} · {connected}" + (f" · {status['mqttTrouble']}" if status["mqttTrouble"] else "")),
        (say("system.coap"), say.comma.join([status["coap"], *status["coapLan"]])),
        (say("system.internet"), say(f"system.internet.{status['internet']['state']}")),
        (say("system.data"), str(status["data"])),
    ]
    _card(page, "system.hub", facts)


def _budgets(page: Sheet) -> None:
    """Draw what the hub uses of its machine: memory, what is written, what is told, and at which pace."""
    say, home, numbers = page.tongue, page.whole.home, page.whole.numbers()
    up = max(1.0, page.now() - from_iso(page.whole.status()["since"]))
    steady = up >= STEADY_SECONDS
    written = numbers.get("process_written_bytes_total", 0.0)
    stored = sum(value for name, value in numbers.items() if name.endswith("store_bytes"))
    told_of = sum(home.twin(device).version.seq for device in home.devices())
    facts = [
        (say("system.memory"), f"{numbers.get('process_resident_memory_bytes', 0) / MIB:.0f} MiB"),
        (
            say("system.written"),
            say("system.rate" if steady else "system.mib", n=f"{written / MIB:.1f}", rate=f"{written / MIB / up * DAY:.0f}"),
        ),
        (say("system.stored"), f"{stored / MIB:.1f} MiB"),
        (say("system.messages"), say("system.pace", n=told_of, rate=f"{told_of / up * 60:.1f}") if steady else str(told_of)),
        (say("system.pages.open"), str(sum(client.has_socket_connection for client in Client.instances.values()))),
    ]
    _card(page, "system.budgets", facts)


def _card(page: Sheet, phrase: str, facts: list[tuple[str, str]]) -> None:
    with box("section", "section", aria_label=page.tongue(phrase)):
        text(page.tongue(phrase), tag="h2")
        with box("card"), box("facts", "dl"):
            for title, value in facts:
                with box(""):
                    text(title, tag="dt")
                    text(value, "literal", "dd")


def _sessions(page: Sheet) -> None:
    """Draw the connections; those in trouble first."""
    sessions = sorted(page.whole.status()["sessions"], key=lambda session: (session["state"] == "open", session["driver"]))
    with box("card", "details"):
        text(f"{page.tongue('system.sessions')} ({len(sessions)})", tag="summary")
        for session in sessions:
            with box("trouble"):
                icon("link" if session["state"] == "open" else "link_off", "good" if session["state"] == "open" else "bad")
                with box("grow"):
                    names = [page.whole.home.twin(each).name for each in session["devices"] if each in page.whole.home.devices()]
                    text(page.tongue.comma.join(names) or session["key"], "literal")
                    text(" · ".join(filter(None, (session["driver"], session["address"], session["reason"]))), "soft small literal")
                text(shown(page.tongue, _WHEN, session["since"]), "soft small", "span")


async def _clients(page: Sheet) -> None:
    say = page.tongue
    with box("section", "section", aria_label=say("system.clients")):
        text(say("system.clients"), tag="h2")
        place = box("card tight")
    notes = box("hidden")

    async def look() -> None:
        clients = await page.whole.ask("clients", {})
        place.clear()
        with place:
            if not clients:
                text(say("system.clients.none"), "soft")
            owners = [each["id"] for each in clients if each["role"] == "owner" and each["state"] == "valid"]
            for client in clients:
                _client(page, client, revoke, lower, alone=owners == [client["id"]])

    async def ask(question: str, do: str, call: str, **arguments: str) -> None:
        if not await confirmed(page, say("danger.title"), question, do=do):
            return
        told(page, notes, None)
        try:
            require(page.who(), Permission.ADMINISTER)
            await page.whole.ask(call, arguments)
        except CommandError as error:
            told(page, notes, refused(page, "", error))
        await look()

    async def revoke(client: str) -> None:
        await ask(say("system.revoke.sure", name=client), say("system.revoke"), "revoke", client=client)

    async def lower(client: str, name: str, role: str) -> None:
        words = say(f"role.{role}")
        await ask(say("system.lower.sure", name=name, role=words), say("system.lower", role=words), "lower", client=client, role=role)

    await look()


def _client(page: Sheet, client: Mapping[str, Any], revoke: Any, lower: Any, *, alone: bool) -> None:
    """Draw one, with what can be done about it; `alone`: it is the only owner, which a home keeps."""
    say, valid = page.tongue, client["state"] == "valid"
    with box("trouble client"):
        icon("smartphone" if valid else "block", "soft")
        with box("grow"):
            name = str(client.get("name") or client["id"])
            text(name, "literal")
            role = say(f"role.{client['role']}")
            text(f"{client['id']} · {role} · {say.word(client['state'])}", "soft small literal")
            if alone:
                text(say("system.alone"), "soft small")
        if alone or not valid:
            return
        with box("row"):
            if less := LESS.get(client["role"]):
                words = say("system.lower", role=say(f"role.{less}"))
                button(words, lambda: lower(client["id"], name, less), says=f"{words}: {client['id']}")
            button(say("system.revoke"), lambda: revoke(client["id"]), "danger", says=f"{say('system.revoke')}: {client['id']}")


def _help(page: Sheet) -> None:
    say = page.tongue

    def support() -> None:
        try:
            require(page.who(), Permission.ADMINISTER)
        except CommandError as error:
            told(page, notes, refused(page, "", error))
            return
        ui.download.content(orjson.dumps(page.whole.support(), option=orjson.OPT_INDENT_2), "hulian-support.json")

    with box("section"), box("grid wide-cells"):
        with box("card stack"):
            text(say("system.support"), tag="h2")
            text(say("system.support.hint"), "soft")
            button(say("system.download"), support, sign="download", says=f"{say('system.download')}: {say('system.support')}")
            notes = box("hidden")
        with box("card stack"):
            text(say("system.backup"), tag="h2")
            text(say("system.backup.hint"), "soft")
            with link(f"{page.whole.api}/backup", "button") as way:
                icon("download")
                text(say("system.download"), tag="span")
            way.props["download"] = "home.hulian"
            way.props["aria-label"] = f"{say('system.download')}: {say('system.backup')}"
