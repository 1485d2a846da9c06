"""Every way into the program, found in the program: what its own tables route, nothing written down here."""

from functools import cached_property
from importlib import import_module
from inspect import isclass, isfunction
from pkgutil import iter_modules
from types import SimpleNamespace
from typing import Any, cast

from fastapi.routing import APIWebSocketRoute

from gateway.faces import control
from gateway.faces.coap.face import Routes
from gateway.faces.coap.gate import PUBLIC
from gateway.faces.coap.pairing import pairing_resources
from gateway.faces.coap.reading import Reading
from gateway.faces.coap.scenes import SceneResources
from gateway.faces.coap.watching import OBSERVABLE
from gateway.faces.coap.writing import Writing
from gateway.faces.http.application import PARTS, api
from gateway.protocol.coap.message import Method
from gateway.protocol.resources import Resource, parse_path
from gateway.protocol.topics import GatewayTopics, Topics
from gateway.thing.clock import SystemClock

FEWEST_TABLES = 3
"""Of the control socket: the home's, the clients', the vault's."""
NOTHING: Any = None
"""Tables are made before anything is done, so what they work on need not be there."""


def coap_routes() -> set[str]:
    """Return `GET s`, `OBSERVE s`, ... of every resource, and `/pair` and its like for whom nobody knows."""
    routes = Routes(_made(Reading), _made(Writing), _made(SceneResources))
    answered = {f"{method.name} {resource.value}" for resource, method in routes.table}
    watched = {f"OBSERVE {resource.value}" for resource in OBSERVABLE}
    return answered | watched | {f"POST {'/'.join(('', *path))}" for path in pairing_paths()}


def pairing_paths() -> set[tuple[str, ...]]:
    """Return the paths that need no key."""
    return set(pairing_resources(NOTHING, NOTHING, SystemClock()))


def public_routes() -> set[str]:
    """Return what strangers get something else of than those who were let in."""
    return {f"GET {parse_path(path).resource.value}" for path in PUBLIC}


def all_coap() -> set[tuple[Resource, Method]]:
    """Return every method of every resource, routed or not."""
    return {(resource, method) for resource in Resource for method in Method}


def unrouted() -> set[tuple[Resource, Method]]:
    """Return the methods no resource answers."""
    routed = {tuple(route.split(" ")) for route in coap_routes()}
    return {(resource, method) for resource, method in all_coap() if (method.name, resource.value) not in routed}


def _made(table: type) -> Any:
    """Make what has a table, out of nothing."""
    code = cast(Any, table).__init__.__code__
    named = code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]
    return table(*[NOTHING] * (code.co_argcount - 1), **dict.fromkeys(named, NOTHING))


def topic_kinds() -> set[str]:
    """Return the names of everything that is a topic: of a device as `s_set`, of the gateway as `gateway avail`."""
    return _members(Topics) | {f"gateway {name}" for name in _members(GatewayTopics)}


def _members(owner: type) -> set[str]:
    made = {name for name, value in vars(owner).items() if isinstance(value, cached_property) or isfunction(value)}
    return {name for name in made if not name.startswith("_")}


def control_calls() -> set[str]:
    """Return every call of the control socket: those of every class in its room that has a table of them."""
    modules = [import_module(each.name) for each in iter_modules(control.__path__, f"{control.__name__}.")]
    classes = {
        each for module in modules for each in vars(module).values() if isclass(each) and each.__module__.startswith(control.__name__)
    }
    tables = [_made(each).table() for each in classes if hasattr(each, "table")]
    assert len(tables) >= FEWEST_TABLES
    return {name for table in tables for name in table}


def http_routes() -> set[str]:
    """Return `GET /api/v1/devices`, ... and `SOCKET ...` of every route of the HTTP face, and its own description."""
    application = api(cast(Any, SimpleNamespace(version="0")))
    described = {f"{method.upper()} {path}" for path, methods in application.openapi()["paths"].items() for method in methods}
    sockets = {f"SOCKET {route.path}" for part in PARTS for route in part.router.routes if isinstance(route, APIWebSocketRoute)}
    return described | sockets | {f"GET {application.openapi_url}"}
