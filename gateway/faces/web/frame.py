"""The frame around a page: navigation, heading, language and light; and above everything else, who calls for help."""

from html import escape
from pathlib import Path
from typing import Final
from zlib import crc32

from nicegui import ui
from nicegui.element import Element

from gateway.faces.web.alerts import alerts
from gateway.faces.web.ended import ending
from gateway.faces.web.parts import box, button, icon, link, text
from gateway.faces.web.presses import presses
from gateway.faces.web.sheet import LANGUAGE_COOKIE, THEME_COOKIE, Sheet, theme_of
from gateway.trust.roles import Permission, may

_STATIC: Final = Path(__file__).with_name("static")
_BROUGHT: Final = ("page.css", "page.js", "drafts.js", "enter.js")
_VERSIONS: Final = {name: f"/pages/{name}?{crc32((_STATIC / name).read_bytes()):08x}" for name in _BROUGHT}
"""Addresses that change with what is behind them, so that a browser may keep it."""
_LOOK: Final = (
    '<link rel="stylesheet" href="{css}"><script src="{js}" defer></script><script src="{enter}" defer></script>'
    '<script src="{drafts}" data-brought="{brought}" data-anew="{anew}" defer></script>'
)
_THEME_SIGNS: Final = {"light": "light_mode", "dark": "dark_mode", "system": "contrast"}
_YEAR: Final = 366 * 86400
NAVIGATION: Final = (
    ("/", "nav.home", "home", "", Permission.READ),
    ("/scenes", "nav.scenes", "auto_awesome", "", Permission.READ),
    ("/energy", "nav.energy", "bolt", "", Permission.READ),
    ("/add", "nav.add", "add_circle_outline", "", Permission.ADMINISTER),
    ("/simple", "nav.simple", "accessibility_new", "wide", Permission.READ),
    ("/vendor", "nav.vendor", "fact_check", "wide", Permission.ADMINISTER),
    ("/system", "nav.system", "settings", "", Permission.READ),
)


def frame(page: Sheet, title: str, *, here: str = "", back: str = "") -> Element:
    """Draw navigation and heading; return the place for what the page shows."""
    say = page.tongue
    _head(page, title)
    with box("frame"):
        skip = link("#main", "skip")
        with skip:
            text(say("skip"), tag="span")
        _navigation(page, here)
        with box("top sub" if back else "top", "header"):
            if back:
                with link(back, "button round plain") as way:
                    icon("arrow_back")
                way.props["aria-label"] = say("back")
            page.headings.append(text(title, "literal", "h1"))
            _switches(page)
        with box("main stack", "main", id="main", tabindex="-1") as place:
            alerts(page)
        return place


def head_anew(page: Sheet, title: str) -> None:
    """Have a page be called otherwise from now on."""
    if all(heading.text == title for heading in page.headings):
        return
    for heading in page.headings:
        heading.set_text(title)
    with page.client:
        ui.page_title(_called(page, title))


def section(page: Sheet, phrase: str) -> Element:
    """Draw a section with its heading; return the place for what stands in it."""
    made = box("section", "section", aria_label=page.tongue(phrase))
    with made:
        text(page.tongue(phrase), tag="h2")
    return made


def bare(page: Sheet, title: str) -> Element:
    """Return the place for what a page shows that has no frame around it."""
    _head(page, title)
    return box("simple main", "main", id="main")


def _head(page: Sheet, title: str) -> None:
    say = page.tongue
    ui.page_title(_called(page, title))
    words = {"brought": escape(say("draft.brought")), "anew": escape(say("draft.anew"))}
    scripts = {"js": _VERSIONS["page.js"], "drafts": _VERSIONS["drafts.js"], "enter": _VERSIONS["enter.js"]}
    ui.add_head_html(_LOOK.format(css=_VERSIONS["page.css"], **scripts, **words))
    ui.add_body_html(f'<noscript><p class="notice noscript">{escape(say("noscript"))}</p></noscript>')
    presses(page)
    known = {"seen": False}

    def connected() -> None:
        if known["seen"] and page.there():
            ui.notify(say("connection.back"), type="positive", position="top")
        known["seen"] = True

    page.client.on_connect(connected)
    ending(page)


def _called(page: Sheet, title: str) -> str:
    """Return what a browser calls a page in its tab."""
    home = page.tongue("title")
    return title if title == home else f"{title} · {home}"


def _navigation(page: Sheet, here: str) -> None:
    say = page.tongue
    with box("nav", "nav", aria_label=say("nav.label")):
        text(say("title"), "brand")
        for target, phrase, sign, classes, needs in NAVIGATION:
            if not may(page.who().role, needs):
                continue
            with link(target, classes) as way:
                icon(sign)
                text(say(phrase), tag="span")
            if target == here:
                way.props["aria-current"] = "page"


def _switches(page: Sheet) -> None:
    say = page.tongue
    other = "zh-Hans" if say.language == "en" else "en"
    language = button(say("language.other"), None, "plain", says=say("language.label"))
    language.props["data-own"] = True
    language.on("click", js_handler=_remember(LANGUAGE_COOKIE, f"'{other}'"))
    chosen = theme_of(page.request)
    theme = button("", None, "round plain theme", sign=_THEME_SIGNS[chosen], says=say(f"theme.{chosen}"))
    theme.props["data-own"] = True
    theme.on("click", js_handler=_remember(THEME_COOKIE, f"{{light: 'dark', dark: 'system', system: 'light'}}['{chosen}']"))


def _remember(cookie: str, value: str) -> str:
    return f"() => {{ document.cookie = '{cookie}=' + ({value}) + '; path=/; max-age={_YEAR}; samesite=lax'; location.reload(); }}"
