"""What every page begins with: who asks, in which language, in which light."""

import json
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Final

from fastapi import Request
from fastapi.responses import RedirectResponse
from nicegui import Client, Event, ui

from gateway.errors import Unauthenticated
from gateway.faces.web.phrases import LANGUAGES, Tongue, preferred, tongue
from gateway.faces.web.watch import Watch
from gateway.faces.web.whole import Whole
from gateway.home.twin import Twin
from gateway.profile.kind_names import name_of
from gateway.thing.principal import Principal

LANGUAGE_COOKIE, THEME_COOKIE, SIMPLE_COOKIE = "hulian-language", "hulian-theme", "hulian-simple"
_THEMES: Final = {"light": False, "dark": True, "system": None}


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page as one browser has it open.

    `looks`: what shows how things stand now, for when somebody has logged in again; `headings`: where it says what it is called.
    """

    whole: Whole
    watch: Watch
    tongue: Tongue
    request: Request
    client: Client
    looks: list[Callable[[], Any]] = field(default_factory=list)
    headings: list[ui.label] = field(default_factory=list)

    def who(self) -> Principal:
        """Return who looks at it, asked anew each time; raise Unauthenticated once the login has ended."""
        principal = self._principal()
        if principal is None:
            raise Unauthenticated(self.tongue("login.expired"))
        return principal

    def there(self) -> bool:
        """Return whether somebody is still logged in on it: to whom is not, nothing new is shown."""
        return self._principal() is not None

    def _principal(self) -> Principal | None:
        """Return who asked for the page, else who its WebSocket was opened by last: somebody may have logged in again beside it."""
        principal = self.whole.who(self.request.scope)
        if principal is not None or self.client.environ is None:
            return principal
        return self.whole.who(self.client.environ.get("asgi.scope", {}))

    def name(self, twin: Twin) -> str:
        """Return what a device is called: as somebody named it, else its title, which for a mere kind is the reader's word for that."""
        titles = twin.instance.model.titles
        return self.kind(twin) if twin.name in {*titles.values(), twin.description.kind} else twin.name

    def kind(self, twin: Twin) -> str:
        """Return what people call things of its kind: an everyday word where there is one, else the profile's title."""
        return self.called(twin.description.kind)

    def called(self, kind: str) -> str:
        """Return what people call things of a kind of the standard."""
        words = self.tongue.either(name_of(kind))
        return words[:1].upper() + words[1:]

    def follow(self, device: str, look: Callable[[], None]) -> None:
        """Have `look` called whenever something of a device changed."""
        self.looks.append(look)
        self.watch.device(device, lambda: look() if self.there() else None)

    def hear(self, event: Event[[]], look: Callable[[], Any]) -> None:
        """Have `look` called whenever this happens, for as long as somebody is logged in."""
        self.looks.append(look)
        event.subscribe(lambda: look() if self.there() else None)

    def settled(self, name: str) -> None:
        """Say that what was typed under this name, or a name that begins so, has arrived: it is no draft any more."""
        self.client.run_javascript(f"window.hulian?.saved({json.dumps(name)})")

    def now(self) -> float:
        """Return seconds since the epoch."""
        return self.whole.clock.now()


def sheet(whole: Whole, watch: Watch, request: Request, client: Client) -> Sheet | RedirectResponse:
    """Return the page's beginnings, or the way to the login for whoever is not logged in."""
    if whole.who(request.scope) is None:
        return RedirectResponse(f"/login?next={request.url.path}", status_code=303)
    language = language_of(request)
    page = copy(client.page)
    page.language = "en-US" if language == "en" else "zh-CN"
    page.dark = _THEMES[theme_of(request)]
    client.page = page
    return Sheet(whole, watch, tongue(language), request, client)


def theme_of(request: Request) -> str:
    """Return the light somebody chose: light, dark, or that of the system."""
    chosen = request.cookies.get(THEME_COOKIE, "")
    return chosen if chosen in _THEMES else "system"


def language_of(request: Request) -> str:
    """Return the language somebody chose before, else the one the browser asks for."""
    chosen = request.cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else preferred(request.headers.get("accept-language", ""))
