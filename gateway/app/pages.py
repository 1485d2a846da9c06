"""Whether the pages and the API are on, and what turns them on: a line for `hulian doctor`. Nothing of them is imported for it."""

from collections.abc import Sequence
from importlib.util import find_spec
from typing import Final

from gateway.app.settings import Settings

API: Final = ("fastapi", "uvicorn", "websockets", "prometheus_client")
PAGES: Final = "nicegui"
INSTALL: Final = "pip install 'hulian[web]'"
PORT: Final = 8080
"""The one that is proposed."""


def api_is_installed() -> bool:
    """Return whether the extra `http` is here."""
    return all(find_spec(name) is not None for name in API)


def pages_are_installed() -> bool:
    """Return whether the library of the pages is here."""
    return find_spec(PAGES) is not None


def pages_line(settings: Settings, urls: Sequence[str]) -> str:
    """Return where the pages are, or what turns them on and where they are then."""
    if urls and settings.pages and pages_are_installed():
        return f"{'  '.join(urls)}  (`hulian login` makes a code for a browser)"
    if urls:
        why = f"for pages: {INSTALL}, and start again" if settings.pages else "`pages = false` in [http] leaves the pages out"
        return f"{'  '.join(urls)}  the API only; {why}"
    ways = f"`port = {PORT}` in the section [http] of the configuration, or `hulian run --http-port {PORT}`"
    then = f"http://{settings.http_host}:{PORT}" + "".join(f" and https://{host}:{settings.https_port}" for host in settings.lan[:1])
    first = "" if api_is_installed() and pages_are_installed() else f"{INSTALL}, then "
    return f"off. To turn them on: {first}{ways}; they are then at {then}"
