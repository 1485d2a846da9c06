"""The login: one field for a one-time code, served to anybody, so it is its own page with the strictest policy and no NiceGUI in it."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse

from gateway.faces.web.phrases import Tongue, tongue
from gateway.faces.web.sheet import language_of

_PAGE: Final = Path(__file__).with_name("login.html")
LEFT: Final = "left"
"""What the address says of somebody who has just logged out."""
_WORDS: Final = ("title", "login.title", "login.code", "login.do", "login.how", "login.wrong", "login.slow", "login.away", "noscript")
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)


def login_page(request: Request, *, open_here: bool) -> HTMLResponse:
    """Return the page in the reader's language; `login.js` posts the code and goes on to `next`. `open_here`: no login is needed there."""
    say = tongue(language_of(request))
    words = {name.replace(".", "_"): escape(say(name)) for name in _WORDS}
    page = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        words, language=say.language, told=_told(say, left=LEFT in request.query_params, open_here=open_here)
    )
    return HTMLResponse(page, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})


def _told(say: Tongue, *, left: bool, open_here: bool) -> str:
    """Return what stands above the form: that somebody is logged out, and that it changes nothing where nobody needs a login."""
    lines = [say("login.left")] * left + [say("login.open")] * open_here
    told = "".join(f"<p>{escape(line)}</p>" for line in lines)
    way = f'<p><a class="button" href="/">{escape(say("login.onward"))}</a></p>' if open_here else ""
    return f'<div class="notice tight" role="status">{told}{way}</div>' if told else ""
