"""Which address shows which page. NiceGUI keeps its routes for the life of the process; what they show is set by `serve`."""

from collections.abc import Awaitable, Callable, Mapping
from inspect import isawaitable
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from nicegui import Client, ui
from nicegui import app as application

from gateway.faces.web.add_page import add_page
from gateway.faces.web.appliance_page import appliance_page
from gateway.faces.web.energy_page import energy_page
from gateway.faces.web.home_page import home_page
from gateway.faces.web.login import login_page
from gateway.faces.web.lost import nothing_there, went_wrong
from gateway.faces.web.scene_page import new_scene_page, scene_page
from gateway.faces.web.scenes_page import scenes_page
from gateway.faces.web.sheet import SIMPLE_COOKIE, Sheet, sheet
from gateway.faces.web.simple_page import simple_page
from gateway.faces.web.system_page import system_page
from gateway.faces.web.vendor_page import vendor_page
from gateway.faces.web.watch import Watch
from gateway.faces.web.whole import Whole
from gateway.thing.principal import LOCAL

STATIC: Final = Path(__file__).with_name("static")
PATIENCE_SECONDS: Final = 60.0
"""How long a page may take to be drawn on a hub that is busy."""
_served: dict[str, Any] = {}
"""The gateway whose pages these are: one a process."""


def serve(whole: Whole, watch: Watch) -> None:
    """Have the pages show this gateway."""
    _served.update(whole=whole, watch=watch)


def _sheet(request: Request, client: Client) -> Any:
    return sheet(_served["whole"], _served["watch"], request, client)


def _login(request: Request) -> HTMLResponse:
    """Show the login; and that none is needed to whoever sits at a hub that is open."""
    who = _served["whole"].who(request.scope)
    return login_page(request, open_here=who is not None and who.name == LOCAL.name)


application.add_static_files("/pages", STATIC)
application.get("/login")(_login)
application.add_exception_handler(404, nothing_there)
application.add_exception_handler(Exception, went_wrong)


PLAIN: Final[Mapping[str, Callable[[Sheet], Any]]] = {
    "/": home_page,
    "/scenes": scenes_page,
    "/scenes/new": new_scene_page,
    "/add": add_page,
    "/energy": energy_page,
    "/simple": simple_page,
    "/system": system_page,
    "/vendor": vendor_page,
}
"""The pages whose address says all."""


async def _shown(show: Callable[[Sheet], Any], request: Request, client: Client) -> Any:
    """Show a page, or the way to the login where it is nobody's."""
    page = _sheet(request, client)
    if not isinstance(page, Sheet):
        return page
    shown = show(page)
    return await shown if isawaitable(shown) else shown


def _begins_simple(request: Request) -> bool:
    """Return whether this browser wants the large buttons whenever it opens the hub."""
    return request.url.path == "/" and request.cookies.get(SIMPLE_COOKIE) == "1"


def _plain(show: Callable[[Sheet], Any]) -> Callable[[Request, Client], Awaitable[Any]]:
    async def shown(request: Request, client: Client) -> Any:
        return RedirectResponse("/simple", status_code=303) if _begins_simple(request) else await _shown(show, request, client)

    return shown


for _path, _show in PLAIN.items():
    ui.page(_path, response_timeout=PATIENCE_SECONDS)(_plain(_show))


@ui.page("/device/{device}", response_timeout=PATIENCE_SECONDS)
async def _device(request: Request, client: Client, device: str) -> Any:
    return await _shown(lambda page: appliance_page(page, device), request, client)


@ui.page("/scene/{scene}", response_timeout=PATIENCE_SECONDS)
async def _scene(request: Request, client: Client, scene: str) -> Any:
    return await _shown(lambda page: scene_page(page, scene), request, client)
