"""HTTP, where it is wanted: one ASGI application of the API and the pages, behind one guard, served on loopback and under TLS on the LAN.

Only this module knows both faces: the pages stand on the application of the API, and both read from the same scope who asks. It is
imported when HTTP is on; without it none of its libraries is loaded.
"""

import asyncio
import resource
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gateway.app.arranging import Arranging
from gateway.app.gateway import Gateway, own_version
from gateway.app.ground import Ground
from gateway.app.pages import api_is_installed, pages_are_installed
from gateway.app.passing import clear_passing, passing
from gateway.app.settings import check_loopback
from gateway.app.support import support
from gateway.app.trials import ChildTrials, open_trials
from gateway.errors import ExtraMissing, Unauthenticated
from gateway.faces.control.server import Call
from gateway.faces.http.guard import Names
from gateway.faces.http.house import House
from gateway.faces.http.server import INSTALL, Door, serving
from gateway.scenes.desk import SceneDesk
from gateway.storage.backup import back_up
from gateway.thing.principal import Principal
from gateway.thing.timestamp import iso
from gateway.trust.login import Logins, visitor_of
from gateway.trust.login_key import Challenges
from gateway.trust.vault_key import KEY_FILE

REMEMBERED = 512
"""Changes that are kept for readers whose stream broke, of the newest."""


@asynccontextmanager
async def open_web(ground: Ground, gateway: Gateway, calls: Mapping[str, Call], desk: SceneDesk) -> AsyncIterator[tuple[str, ...]]:
    """Serve the API, and the pages where they are installed, for as long as the context lives; yields the URLs, loopback's first.

    Raise ExtraMissing, PortTaken or ConfigurationInvalid.
    """
    settings = ground.settings
    check_loopback(settings.http_host, "HTTP address")
    if not api_is_installed():
        raise ExtraMissing(f"HTTP needs libraries that are not installed: {INSTALL}")
    from gateway.faces.http.application import api  # noqa: PLC0415 - FastAPI: only where HTTP is on
    from gateway.faces.http.quick import quick  # noqa: PLC0415 - likewise

    await asyncio.to_thread(clear_passing, settings.data)
    opening = open_trials(
        settings.data,
        ground.clock,
        ground.random,
        devices=gateway.home.devices,
        kinds=ground.library.kinds(),
        overlook=gateway.discovery.overlooking,
    )
    async with opening as trials:
        house = _house(ground, gateway, calls, desk, trials)
        gateway.home.remember(REMEMBERED)
        application = api(house)
        async with _pages(application, house, ground, gateway):
            names = Names(hosts=frozenset({*settings.lan, settings.http_host, f"{ground.identifier}.local", *settings.http_names}))
            doors = [Door(host=settings.http_host, port=settings.http_port or 0), *await _outside(ground)]
            async with serving(quick(application, house), doors, names, gateway=ground.identifier, clock=ground.clock) as served:
                yield tuple(each.url for each in served)


async def _outside(ground: Ground) -> list[Door]:
    """Return the doors on the LAN: under TLS with the certificate MQTT has there, by the home's own authority."""
    settings = ground.settings
    if not settings.lan:
        return []
    addresses = (settings.mqtt_host, *(address for address in settings.lan if address != settings.mqtt_host))
    identity = await ground.trust.authority.serve(("localhost", f"{ground.identifier}.local"), addresses)
    return [Door(host=address, port=settings.https_port, identity=identity) for address in settings.lan]


def _house(ground: Ground, gateway: Gateway, calls: Mapping[str, Call], desk: SceneDesk, trials: ChildTrials) -> House:
    async def ask(name: str, arguments: Mapping[str, Any]) -> Any:
        return await calls[name](arguments, _unheard)

    @asynccontextmanager
    async def backup() -> AsyncIterator[Path]:
        with passing(ground.settings.data) as folder:
            yield await _backed_up(ground, folder / "home.hulian")

    return House(
        home=gateway.home,
        desk=desk,
        rehearsals=gateway.rehearsals,
        triggers=gateway.triggers,
        alerts=gateway.alerts,
        pairing=gateway.pairing,
        access=ground.trust.access,
        logins=ground.trust.logins,
        challenges=Challenges(ground.trust.clients, ground.clock, ground.identifier),
        journal=ground.trust.journal,
        clock=ground.clock,
        version=own_version(),
        ask=ask,
        status=lambda: gateway.status() | {"demo": ground.settings.demo},
        backup=backup,
        trials=trials,
        arranging=Arranging(ask, ground.library.kinds(), ground.clock, ground.settings.data),
        replacement=gateway.replacement,
        describing=gateway.describing,
        contacts=ground.settings.http_contacts,
        numbers=lambda: _numbers(ground),
        support=lambda: support(gateway, _numbers(ground)),
    )


async def _unheard(_item: Any) -> None:
    """Tell nobody what a call says on its way: what is followed over HTTP is followed in the change stream."""


async def _backed_up(ground: Ground, file: Path) -> Path:
    data = ground.settings.data

    def write() -> None:
        key = (data / KEY_FILE).read_bytes() if (data / KEY_FILE).is_file() else None
        with file.open("xb") as into:
            back_up(data, into, program=version("hulian"), made=iso(time.time()), key=key)

    await asyncio.to_thread(write)
    return file


def _numbers(ground: Ground) -> dict[str, float]:
    """Return what the process has used, and how large its stores are."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    sizes = {name: _size(ground.settings.data / name) for name in ("state.db", "history.db")}
    return {
        "process_resident_memory_bytes": float(pages * resource.getpagesize()),
        "process_cpu_seconds_total": usage.ru_utime + usage.ru_stime,
        "process_written_bytes_total": _written(),
        "hulian_state_store_bytes": sizes["state.db"],
        "hulian_history_store_bytes": sizes["history.db"],
    }


def _written() -> float:
    """Return the bytes this process has had written to disk since its start, 0 where Linux does not say."""
    try:
        told = dict(line.split(": ") for line in Path("/proc/self/io").read_text().splitlines())
        return float(told["write_bytes"])
    except (OSError, ValueError, KeyError):
        return 0.0


def _size(path: Path) -> float:
    try:
        return float(path.stat().st_size)
    except OSError:
        return 0.0


@asynccontextmanager
async def _pages(application: Any, house: House, ground: Ground, gateway: Gateway) -> AsyncIterator[None]:
    """Mount the pages on the application, last, where they are installed and wanted."""
    if not ground.settings.pages or not pages_are_installed():
        yield
        return
    from gateway.faces.web.lean import leave_out  # noqa: PLC0415 - likewise

    leave_out()
    from gateway.faces.web.face import pages  # noqa: PLC0415 - NiceGUI: only where there are pages
    from gateway.faces.web.whole import Whole  # noqa: PLC0415 - likewise

    whole = Whole(
        home=gateway.home,
        library=ground.library,
        scenes=house.desk,
        alerts=gateway.alerts,
        rehearsals=gateway.rehearsals,
        triggers=gateway.triggers,
        discovery=gateway.discovery,
        pairing=gateway.pairing,
        trials=house.trials,
        arranging=house.arranging,
        replacement=house.replacement,
        describing=house.describing,
        clock=ground.clock,
        journal=ground.trust.journal,
        who=partial(_who, ground.trust.logins),
        ask=house.ask,
        status=house.status,
        numbers=house.numbers,
        support=house.support,
        line_limit=ground.settings.line_limit,
    )
    async with pages(whole) as mounted:
        application.mount("/", mounted)
        yield


def _who(logins: Logins, scope: Mapping[str, Any]) -> Principal | None:
    """Return who a page is asked for by, None for nobody who is logged in, or no longer."""
    try:
        return logins.principal(visitor_of(scope))
    except Unauthenticated:
        return None
