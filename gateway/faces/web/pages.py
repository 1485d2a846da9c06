"""Which address shows which page. NiceGUI keeps its routes for the life of the process; what they show is set by `serve`."""

from pathlib import Path
from typing import Any, Final

from fastapi import Request
from nicegui import Client, ui
from nicegui import app as application

from gateway.faces.web.add_page import add_page
from gateway.faces.web.appliance_page import appliance_page
from gateway.faces.web.energy_page import energy_page
from gateway.faces.web.home_page import home_page
from gateway.faces.web.login import login_page
from gateway.faces.web.scene_page import new_scene_page, scene_page
from gateway.faces.web.scenes_page import scenes_page
from gateway.faces.web.sheet import Sheet, sheet
from gateway.faces.web.simple_page import simple_page
from gateway.faces.web.system_page import system_page
from gateway.faces.web.vendor_page import vendor_page
from gateway.faces.web.watch import Watch
from gateway.faces.web.whole import Whole

STATIC: Final = Path(__file__).with_name("static")
_served: dict[str, Any] = {}
"""The gateway whose pages these are: one a process."""


def serve(whole: Whole, watch: Watch) -> None:
    """Have the pages show this gateway."""
    _served.update(whole=whole, watch=watch)


def _sheet(request: Request, client: Client) -> Any:
    return sheet(_served["whole"], _served["watch"], request, client)


application.add_static_files("/pages", STATIC)
application.get("/login")(login_page)


@ui.page("/")
def _home(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return home_page(page) if isinstance(page, Sheet) else page


@ui.page("/device/{device}")
async def _device(request: Request, client: Client, device: str) -> Any:
    page = _sheet(request, client)
    return await appliance_page(page, device) if isinstance(page, Sheet) else page


@ui.page("/scenes")
def _scenes(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return scenes_page(page) if isinstance(page, Sheet) else page


@ui.page("/scenes/new")
def _new_scene(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return new_scene_page(page) if isinstance(page, Sheet) else page


@ui.page("/scene/{scene}")
async def _scene(request: Request, client: Client, scene: str) -> Any:
    page = _sheet(request, client)
    return await scene_page(page, scene) if isinstance(page, Sheet) else page


@ui.page("/add")
def _add(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return add_page(page) if isinstance(page, Sheet) else page


@ui.page("/energy")
async def _energy(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return await energy_page(page) if isinstance(page, Sheet) else page


@ui.page("/simple")
def _simple(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return simple_page(page) if isinstance(page, Sheet) else page


@ui.page("/system")
async def _system(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return await system_page(page) if isinstance(page, Sheet) else page


@ui.page("/vendor")
def _vendor(request: Request, client: Client) -> Any:
    page = _sheet(request, client)
    return vendor_page(page) if isinstance(page, Sheet) else page
