"""One run of the suite from the command line: the target found, the run watched, its report and certificate written, an exit code."""

import asyncio
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import orjson
from rich.text import Text

from gateway.cli.client import Client
from gateway.cli.conformance_sign import run_facts, sign_result
from gateway.cli.conformance_view import View, show_end
from gateway.cli.conformance_wish import Wish
from gateway.cli.loop import run_until_stopped
from gateway.cli.options import options
from gateway.cli.output import console
from gateway.cli.standard import standard
from gateway.conformance.credentials import read_credentials
from gateway.conformance.line import Transport
from gateway.conformance.order import Order, Ready, judged
from gateway.conformance.plain import dumped
from gateway.conformance.report.folder import HTML, write_report
from gateway.conformance.report.records import began, ended, verdict_record
from gateway.conformance.report.words import language_of, word
from gateway.conformance.selection import Selected
from gateway.conformance.suite import suite
from gateway.conformance.target import Target
from gateway.conformance.verdict import Outcome, Result, Verdict
from gateway.errors import ConfigurationInvalid, NotRunning, Unknown

CONFORMANT, NOT_CONFORMANT, NOT_RUN = 0, 1, 2
TRANSPORTS: Final = {
    "mqtt": (Transport.MQTT,),
    "coap": (Transport.COAP,),
    "both": (Transport.MQTT, Transport.COAP),
}
ENDING: Final = 0.8
"""The program's own end takes this part of what its start has taken, on a slow machine as on a fast one."""


def run(wish: Wish) -> int:
    """Judge and return the exit code; raise SetupError where it cannot begin."""
    language = language_of(wish.lang)
    order = order_of(wish)
    result = _watched(order, language, json=wish.json)
    told = None if result.failures or not result.complete else run_facts(result, wish.maker, wish.model, wish.firmware)
    if wish.report is not None:
        capsules = write_report(wish.report, result, language, None if told is None else told.document)
        if not wish.json:
            _show_files(wish.report, capsules, language)
    if wish.sign is None:
        return exit_code(result)
    return exit_code(result) or sign_result(wish, wish.sign, result, told)


def order_of(wish: Wish) -> Order:
    """Return what the suite is asked to do; raise ConfigurationInvalid for words that mean nothing."""
    if wish.transport not in TRANSPORTS:
        raise ConfigurationInvalid(f"{wish.transport!r} is no transport: say {', '.join(TRANSPORTS)}")
    return Order(
        target=target_of(wish.target, wish.claim, wish.transport, wish.credentials),
        seed=secrets.randbits(32) if wish.seed is None else wish.seed,
        tests=wish.tests,
        budget=None if wish.budget is None else max(1.0, wish.budget - _running_for() * (1 + ENDING)),
        control=wish.control,
        unit=wish.unit,
        real=wish.real,
        extras=_extras(wish),
    )


def _extras(wish: Wish) -> dict[str, Any]:
    """Return what single checks are given besides; raise ConfigurationInvalid for a file that cannot be read."""
    found: dict[str, Any] = {}
    try:
        if wish.td_schema is not None:
            found["td_schema"] = orjson.loads(wish.td_schema.read_bytes())
        if wish.secrets is not None:
            found["secrets"] = tuple(line.strip() for line in wish.secrets.read_text().splitlines() if line.strip())
    except (OSError, ValueError) as error:
        raise ConfigurationInvalid(f"{wish.secrets if 'td_schema' in found else wish.td_schema} cannot be read: {error}") from error
    return found


def target_of(name: str, claim: str = "", transport: str = "both", credentials: Path | None = None) -> Target:
    """Return the target of a name: of a device of the gateway that runs here with what the gateway says of it."""
    return Target(
        name=name,
        library=standard(),
        claim=claim,
        transports=TRANSPORTS[transport],
        credentials=None if credentials is None else read_credentials(credentials),
        body=b"" if "://" in name or Path(name).is_file() else _of_gateway(name),
    )


def _of_gateway(device: str) -> bytes:
    """Return the description of a device of the running gateway; nothing where there is no gateway, or no such device."""
    try:
        with Client(options.data) as client:
            return orjson.dumps(client.call("td", device=device))
    except (NotRunning, Unknown):
        return b""


def exit_code(result: Result) -> int:
    """Return 0 where nothing failed, 1 where something did, 2 where there is no verdict."""
    if result.count(Outcome.FAILED):
        return NOT_CONFORMANT
    return CONFORMANT if result.conformant and not result.stopped else NOT_RUN


def _running_for() -> float:
    """Return the seconds since this program was started; at least those it has computed."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        return time.clock_gettime(time.CLOCK_BOOTTIME) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return time.process_time()


def _watched(order: Order, language: str, *, json: bool) -> Result:
    found: list[Result] = []

    def watch(tell: Callable[[Ready | Selected | Verdict], None]) -> None:
        async def program(stop: asyncio.Event) -> None:
            found.append(await judged(order, tell, stop))

        run_until_stopped(program)

    if json:
        watch(lambda told: _record(order, told))
    else:
        with View(language) as view:
            watch(view)
    if not found:
        raise KeyboardInterrupt
    result = found[0]
    if json:
        _print(ended(result))
    else:
        show_end(result, language)
    return result


def _record(order: Order, told: Ready | Selected | Verdict) -> None:
    match told:
        case Ready():
            _print(began(order.target.name, told.facts, suite(), order.seed, len(told.selection)))
        case Selected():
            _print({"event": "check", "id": told.id, "because": told.because, "at": round(time.time(), 3)})
        case Verdict():
            _print(verdict_record(told))


def _print(record: dict[str, Any]) -> None:
    sys.stdout.buffer.write(dumped(record) + b"\n")
    sys.stdout.buffer.flush()


def _show_files(folder: Path, capsules: list[Path], language: str) -> None:
    out = console()
    out.print(Text(f"{word('report-at', language)} {folder / HTML}"))
    for path in capsules[:3]:
        out.print(Text(f"{word('replay-with', language)} hulian conformance replay {path}"))
