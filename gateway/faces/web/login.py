"""The login: one field for a one-time code, served to anybody, so it is its own page with the strictest policy and no NiceGUI in it."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from gateway.faces.web.phrases import tongue
from gateway.faces.web.sheet import language_of

_PAGE: Final = Path(__file__).with_name("login.html")
_WORDS: Final = ("title", "login.title", "login.code", "login.do", "login.how", "login.wrong", "login.slow", "noscript")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


def login_page(request: Request) -> HTMLResponse:
    """Return the page in the reader's language; `login.js` posts the code and goes on to `next`."""
    say = tongue(language_of(request))
    words = {name.replace(".", "_"): escape(say(name)) for name in _WORDS}
    page = Template(_PAGE.read_text(encoding="utf-8")).substitute(words, language=say.language)
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
