"""What is shown where there is no page, or where drawing one went wrong: plain words and two ways on, without NiceGUI."""

from html import escape
from pathlib import Path
from string import Template
from typing import Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from starlette.exceptions import HTTPException

from gateway.faces.web.login import POLICY
from gateway.faces.web.phrases import tongue
from gateway.faces.web.sheet import language_of
from gateway.thing.log import Log

_PAGE: Final = Path(__file__).with_name("lost.html")
_log = Log()


def nothing_there(request: Request, _error: Exception) -> HTMLResponse:
    """Answer an address that shows nothing."""
    return _shown(request, "none", 404)


def went_wrong(request: Request, error: Exception) -> HTMLResponse:
    """Answer with a page instead of the one that could not be drawn; the log says why."""
    status = error.status_code if isinstance(error, HTTPException) else 500
    _log.warning("pages.not_drawn", path=request.url.path, error=repr(error))
    return _shown(request, "wrong", status)


def _shown(request: Request, case: str, status: int) -> HTMLResponse:
    say = tongue(language_of(request))
    words = {
        "title": say("title"),
        "what": say(f"lost.{case}"),
        "why": say(f"lost.{case}.why"),
        "again": request.url.path,
        "lost_again": say("lost.again"),
        "nav_home": say("nav.home"),
    }
    page = Template(_PAGE.read_text(encoding="utf-8")).substitute(
        {name: escape(word) for name, word in words.items()}, language=say.language
    )
    return HTMLResponse(page, status, headers={"Content-Security-Policy": POLICY, "Cache-Control": "no-store"})
