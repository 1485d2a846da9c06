"""The pages as an ASGI application, for as long as the context lives. Importing this brings NiceGUI: `app` does so only where pages are on.

NiceGUI is one application a process, and so is what it serves: a gateway that begins anew in the same process (after a transfer, or on
another address) puts itself in the place of the one before.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi.middleware.gzip import GZipMiddleware
from nicegui import __version__, core
from nicegui import app as application

from gateway.faces.web.builtins import ready_scenes
from gateway.faces.web.look import table
from gateway.faces.web.pages import STATIC, serve
from gateway.faces.web.phrases import LANGUAGES, tongue
from gateway.faces.web.presses import listen
from gateway.faces.web.watch import Watch
from gateway.faces.web.whole import Whole
from gateway.profile.kind_names import name_of

RECONNECT_SECONDS: Final = 20.0
"""How long a page that lost its connection without a goodbye keeps what was typed; after that it is drawn anew."""
_POLICY: Final = (
    "default-src 'self'",
    "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
    "style-src 'self' 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self' data:",
    "connect-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)
HEADERS: Final = {
    "Content-Security-Policy": "; ".join(_POLICY),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
"""What every page carries. NiceGUI evaluates handlers and writes its elements into the page, so scripts of the page itself must be allowed;
nothing else is: no other origin, no plugin, no frame."""


_KEPT: Final = (b"cache-control", b"public, max-age=86400")
_LIBRARY: Final = f"/_nicegui/{__version__}/"
_ENCODED: Final = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]


@asynccontextmanager
async def pages(whole: Whole) -> AsyncIterator[Any]:
    """Serve the pages of a gateway; yields the ASGI application to mount at `/`, behind everything else."""
    await asyncio.to_thread(_read_data)
    _configure()
    watch = Watch(whole.home, whole.clock)
    serve(whole, watch)
    whole.scenes.scenes.on_changed(watch.scenes.emit)
    whole.scenes.scenes.runs.on_told(lambda _report: watch.scenes.emit())
    whole.alerts.on_told(watch.alerts.emit)
    async with asyncio.TaskGroup() as tasks:
        watching = [
            tasks.create_task(work(), name=f"pages: {name}")
            for name, work in {"read": watch.read, "tell": watch.tell, "overlook": watch.overlook}.items()
        ]
        async with application.router.lifespan_context(application):
            yield application
        for each in watching:
            each.cancel()


def _read_data() -> None:
    """Read what the pages say before anybody asks for one: reading YAML takes a while."""
    for language in LANGUAGES:
        tongue(language).said("offline")
    name_of("light")
    table()
    ready_scenes()


def _configure() -> None:
    """Set NiceGUI up, once a process: without Tailwind, without storage of its own, and without looking at bindings all the time."""
    if core.app.config.has_run_config:
        return
    core.app.config.add_run_config(
        reload=False,
        title="Hulian",
        viewport="width=device-width, initial-scale=1, viewport-fit=cover",
        favicon=str(STATIC / "icon.svg"),
        dark=None,
        language="en-US",
        binding_refresh_interval=None,
        reconnect_timeout=RECONNECT_SECONDS,
        message_history_length=200,
        tailwind=False,
        unocss=None,
        prod_js=True,
        show_welcome_message=False,
        markdown=False,
    )
    application.add_middleware(GZipMiddleware, minimum_size=1000)
    application.add_middleware(_Headed)
    listen()
    core.sio.eio.cors_allowed_origins = []  # no header; the guard knows whose Origin comes in, the library takes TLS for another's


class _Headed:
    """Puts our headers on every answer, and lets browsers keep what comes with the library.

    The library's own way to say the latter writes a trace into the log whenever a browser goes away in the middle of an answer.
    """

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def headed(message: Any) -> None:
            if message["type"] == "http.response.start":
                there = {name for name, _ in message.get("headers", ())}
                more = [*_ENCODED, _KEPT] if _may_be_kept(scope["path"]) else _ENCODED
                mine = [(name, value) for name, value in more if name not in there]
                message = {**message, "headers": [*message.get("headers", ()), *mine]}
            await send(message)

        await self._app(scope, receive, headed)


def _may_be_kept(path: str) -> bool:
    """Return whether what is there belongs to this version of the library and never changes."""
    return path.startswith(_LIBRARY) and not path.startswith(f"{_LIBRARY}dynamic_resources/")
