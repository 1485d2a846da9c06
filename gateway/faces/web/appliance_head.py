"""The head of an appliance's page: how it is, in large, whether it can be reached, and what is wrong with it."""

from collections.abc import Callable
from typing import Any

from gateway.faces.web.headline import beside, headline
from gateway.faces.web.look import icon_of
from gateway.faces.web.parts import box, icon, say, text
from gateway.faces.web.sheet import Sheet
from gateway.faces.web.trouble import fault_hint, fault_title, faults_of
from gateway.faces.web.value import age, shown
from gateway.thing.availability import AvailabilityState

Look = Callable[[], None]
_TONES = {AvailabilityState.ONLINE: "good", AvailabilityState.OFFLINE: "bad"}


def head(page: Sheet, device: str) -> Look:
    """Draw what it is, what it says first, and whether it can be reached; return what looks again."""
    twin = page.whole.home.twin(device)
    with box("device own"):
        with box("head"):
            with box("sign"):
                icon(icon_of(twin.description.kind))
            with box("grow"):
                where = text("", "soft literal")
                with box("row"):
                    state = text("", "badge", "span")
                    state.props["role"] = "status"
                    heard = text("", "soft small", "span")
        with box("first"):
            large, about = text("", "headline"), text("", "soft small")
        small = text("", "soft small")
    with box("notice bad tight hidden", role="status") as away:
        offline = text("", "literal", "strong")
        text(page.tongue("control.offline.hint"))

    def look() -> None:
        now = page.whole.home.twin(device)
        kind = now.availability.state
        say(where, page.kind(now) + (f" · {page.tongue.room(now.room)}" if now.room else ""))
        say(state, page.tongue(f"state.{kind.value}"))
        state.classes(replace=f"badge {_TONES.get(kind, 'warn')}")
        say(heard, "" if now.last_seen is None else age(page.tongue, page.now() - now.last_seen))
        for element, words in zip((large, about), headline(page, now), strict=True):
            say(element, words)
        say(small, beside(page, now, large.text) if kind is AvailabilityState.ONLINE else "")
        reason = now.availability.reason
        say(offline, page.tongue("control.offline") + (f" ({page.tongue.said(reason)})" if reason else ""))
        away.classes(remove="hidden") if kind is AvailabilityState.OFFLINE else away.classes(add="hidden")

    look()
    return look


def faults(page: Sheet, device: str) -> Look:
    """Draw what is wrong with it and what to do; return what looks again."""
    place = box("tight", "section", aria_label=page.tongue("appliance.faults"))
    seen: list[Any] = [None]

    def look() -> None:
        found = faults_of(page.whole.home.twin(device))
        if found == seen[0]:
            return
        seen[0] = found
        place.clear()
        with place:
            for fault in found:
                _fault(page, fault)

    look()
    return look


def _fault(page: Sheet, fault: dict[str, Any]) -> None:
    library, tongue = page.whole.library, page.tongue
    severity = str(fault.get("severity", "warning"))
    with box(f"notice tight {'bad' if severity in {'error', 'critical'} else ''}", role="alert"):
        with box("row"):
            text(fault_title(library, tongue, fault), "grow literal", "strong")
            text(tongue(f"severity.{severity}"), "badge", "span") if f"severity.{severity}" in tongue.phrases else None
        text(fault_hint(library, tongue, fault), "literal")
        since = str(fault.get("since", ""))
        with box("row soft small"):
            text(str(fault.get("code", "")), "literal", "span")
            if since:
                text(tongue("appliance.since", time=shown(tongue, {"format": "date-time"}, since)), tag="span")
