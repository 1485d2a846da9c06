"""How each CoAP line of the table is tried: what is sent, and what must have happened when it was allowed."""

import asyncio
import itertools
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiocoap import Code

from gateway.errors import Forbidden
from gateway.protocol.resources import Resource, Route
from gateway.thing.command import Command, Operation
from gateway.thing.principal import LOCAL
from gateway.thing.report import Event, Report
from tests.routes.coap_wire import Answer, request
from tests.routes.lamp import CANARY, LAMP, SECRET
from tests.routes.stage import Stage
from tests.routes.table import SHUT, WINDOWED, Line, table

MERGE_PATCH = 52
TOKEN_LENGTH = 32
FAULT = {"code": "THERMAL.OVERHEAT", "severity": "error", "since": "2026-07-02T04:11:09Z", "count": 1, "latched": False}
_numbers = itertools.count(1)
_LEVELS = itertools.cycle([10, 20, 30, 40])
METHODS = {name: Code[name] for name in ("GET", "POST", "PUT", "DELETE", "FETCH", "PATCH")} | {"IPATCH": Code.iPATCH}


@dataclass(frozen=True)
class Try:
    """One request. `ready`: done before, returns what stands in the path for `{}`.

    `sent`, `stopped`: how often the lamp must have been asked for something, and to stop (0 or 1 times).
    """

    path: str
    body: Callable[[], bytes] = lambda: b""
    content_format: int | None = None
    sent: int = 0
    stopped: int = 0
    ready: Callable[[Stage], Awaitable[str]] | None = None


async def _a_run(stage: Stage) -> str:
    """Have a command that has ended; return its id."""
    run = await stage.home.submit(_command(Operation.INVOKE_ACTION, "x-acme-blink"))
    await run.terminal(10)
    return run.id


async def _a_party(stage: Stage) -> str:
    """Have a run that goes on; return its id."""
    run = await stage.home.submit(_command(Operation.INVOKE_ACTION, "x-acme-party"))
    while not any(each.id == run.id for each in stage.lamp.got):
        await asyncio.sleep(0)
    return run.id


async def _no_window(stage: Stage) -> str:
    if stage.state not in WINDOWED and stage.window.now_open is not None:
        await stage.window.close("stopped")
    return ""


def _command(operation: Operation, name: str) -> Command:
    return Command(id=f"ready-{next(_numbers)}", device=LAMP, operation=operation, name=name, input=None, principal=LOCAL)


def _scene(level: int = 7) -> bytes:
    return f"scene: tried\nsteps: [{{select: {{kind: light, id: {LAMP}}}, set: {{brightness: {level}}}}}]\n".encode()


async def _a_scene(stage: Stage) -> str:
    """Have a scene that would do something; return its name."""
    shown = stage.home.twin(LAMP).values["brightness"]
    assert isinstance(shown, int)
    try:
        return (await stage.gateway.scenes.put(_scene(shown % 90 + 1).decode(), LOCAL))[0].scene
    except Forbidden as error:
        raise AssertionError("an owner may arrange scenes") from error


async def _a_scene_run(stage: Stage) -> str:
    """Have a scene that has run; return the id of the run."""
    return (await stage.gateway.scenes.run(await _a_scene(stage), {}, LOCAL)).id


def _level() -> bytes:
    return str(next(_LEVELS)).encode()


def _of(resource: Resource, name: str = "") -> str:
    return Route(resource, LAMP, name).text


TRIES: Mapping[str, Try] = {
    "GET core": Try("/.well-known/core"),
    "GET wot": Try("/.well-known/wot"),
    "GET d": Try("/d"),
    "GET td": Try(_of(Resource.DESCRIPTION)),
    "GET s": Try(_of(Resource.STATE)),
    "GET p": Try(_of(Resource.PROPERTY, "brightness")),
    "GET p (private)": Try(_of(Resource.PROPERTY, "x-acme-diary")),
    "GET a": Try(_of(Resource.ACTION, "x-acme-blink")),
    "GET e": Try(_of(Resource.EVENT, "faultRaised")),
    "GET run": Try(f"/d/{LAMP}/run/{{}}", ready=_a_run),
    "GET ack": Try(_of(Resource.ACK)),
    "GET faults": Try(_of(Resource.FAULTS)),
    "GET life (private)": Try(_of(Resource.LIFE)),
    "GET claims (private)": Try(_of(Resource.CLAIMS)),
    "PUT p": Try(_of(Resource.PROPERTY, "brightness"), _level, sent=1),
    "PUT p (private)": Try(_of(Resource.PROPERTY, "x-acme-diary"), lambda: json.dumps(SECRET).encode(), sent=1),
    "PUT p (danger 2)": Try(_of(Resource.PROPERTY, "x-acme-boost"), lambda: b"true"),
    "PUT p (danger 3)": Try(_of(Resource.PROPERTY, "x-acme-burn"), lambda: b"true"),
    "IPATCH s": Try(_of(Resource.STATE), lambda: b'{"brightness": %b}' % _level(), MERGE_PATCH, sent=1),
    "IPATCH s (danger 2)": Try(_of(Resource.STATE), lambda: b'{"brightness": 60, "x-acme-boost": true}', MERGE_PATCH),
    "IPATCH s (danger 3)": Try(_of(Resource.STATE), lambda: b'{"brightness": 60, "x-acme-burn": true}', MERGE_PATCH),
    "POST a": Try(_of(Resource.ACTION, "x-acme-blink"), sent=1),
    "POST a (danger 2)": Try(_of(Resource.ACTION, "x-acme-heat")),
    "POST a (danger 3)": Try(_of(Resource.ACTION, "x-acme-melt")),
    "DELETE run": Try(f"/d/{LAMP}/run/{{}}", stopped=1, ready=_a_party),
    "GET scenes": Try("/scene"),
    "GET scene": Try("/scene/{}", ready=_a_scene),
    "GET scene-run": Try("/scene/tried/run/{}", ready=_a_scene_run),
    "POST scene": Try("/scene/{}", sent=1, ready=_a_scene),
    "PUT scene": Try("/scene/tried", _scene),
    "DELETE scene": Try("/scene/{}", ready=_a_scene),
    "DELETE scene-run": Try("/scene/tried/run/{}", sent=1, ready=_a_scene_run),
    "OBSERVE d": Try("/d"),
    "OBSERVE s": Try(_of(Resource.STATE)),
    "OBSERVE p": Try(_of(Resource.PROPERTY, "brightness")),
    "OBSERVE p (private)": Try(_of(Resource.PROPERTY, "x-acme-diary")),
    "OBSERVE e": Try(_of(Resource.EVENT, "faultRaised")),
    "OBSERVE run": Try(f"/d/{LAMP}/run/{{}}", ready=_a_party),
    "OBSERVE ack": Try(_of(Resource.ACK)),
    "OBSERVE faults": Try(_of(Resource.FAULTS)),
    "POST /pair": Try("/pair", lambda: b'{"do": "pin"}'),
    "POST /pair (open)": Try("/pair", lambda: b'{"do": "open", "role": "viewer", "minutes": 1}', ready=_no_window),
    "POST /pair (close)": Try("/pair", lambda: b'{"do": "close"}'),
    "POST /.well-known/edhoc": Try("/.well-known/edhoc", lambda: b"\xf5nonsense"),
}
"""By the titles of the table."""

COMMANDS = frozenset({"PUT", "IPATCH", "POST", "DELETE"})
PAIRING = frozenset({"POST /pair", "POST /.well-known/edhoc"})


async def try_line(stage: Stage, line: Line, identity: str, place: str) -> None:
    """Try one line as one identity; AssertionError when the program does something else than the table says."""
    the = TRIES[line.title]
    expected = table().expected(line, identity, stage.state, place)
    where = f"{line.title} as {identity}, {stage.state}, over {place}"
    assert (expected == SHUT) == ((identity, place) not in stage.talkers), where
    if expected == SHUT:
        return
    await stage.windowed()
    path = the.path.format(await the.ready(stage)) if the.ready is not None else the.path
    method = line.name.partition(" ")[0]
    before = stage.fingerprint()
    observe = 0 if method == "OBSERVE" else None
    code = METHODS.get(method, Code.GET)
    message = request(code, path, the.body(), content_format=the.content_format, observe=observe)
    talker = stage.talkers[identity, place]
    token, answers = talker.begin(stage.ports[place], message)
    async with asyncio.timeout(15):
        answer = await answers.get()
    _judge(stage, the, expected, answer, before, where)
    if expected == "ok" and method == "OBSERVE":
        await _judge_watch(stage, line, path, answer, answers, where)
        talker.forget(token)
    await _tidy(stage)


def _judge(stage: Stage, the: Try, expected: str, answer: Answer, before: tuple[object, ...], where: str) -> None:
    after = stage.fingerprint()
    assert CANARY.encode() not in answer.payload or expected == "ok", where
    assert SECRET.encode() not in answer.payload or expected == "ok", where
    if expected in ("ok", "public"):
        assert answer.code.startswith("2."), f"{where}: {answer.code} {answer.payload!r}"
        got, stopped = len(stage.lamp.got) - int(str(before[1])), len(stage.lamp.stopped) - int(str(before[2]))
        assert (got, stopped) == (the.sent, the.stopped), where
        if expected == "public":
            assert LAMP.encode() not in answer.payload, where
        return
    assert after == before, f"{where}: something changed although it was refused"
    if expected == "confirm":
        assert (answer.code, answer.error["code"]) == ("4.09", "needs-confirm"), where
        assert len(answer.error.get("confirm", "")) == TOKEN_LENGTH, where
        return
    assert answer.code == expected, f"{where}: {answer.code} {answer.payload!r}"
    assert b'"confirm":' not in answer.payload, where


async def _judge_watch(stage: Stage, line: Line, path: str, answer: Answer, answers: "asyncio.Queue[Answer]", where: str) -> None:
    """Whoever may watch hears the next change; what is private is never told by itself."""
    assert answer.observed == ("(private)" not in line.title), where
    if not answer.observed:
        return
    await _change(stage, line.name.partition(" ")[2], path)
    async with asyncio.timeout(10):
        assert (await answers.get()).code == "2.05", where


async def _change(stage: Stage, resource: str, path: str) -> None:
    match resource:
        case "d":
            await stage.home.rename(LAMP, f"Lamp {next(_numbers)}")
        case "s" | "p":
            stage.home.report(Report(device=LAMP, values={"brightness": 61 + next(_numbers) % 30}))
        case "faults":
            fault = {
                "code": "THERMAL.OVERHEAT",
                "severity": "error",
                "since": "2026-07-02T04:11:09Z",
                "count": next(_numbers),
                "latched": False,
            }
            stage.home.report(Report(device=LAMP, values={"faults": [fault]}))
        case "e":
            stage.home.report(Report(device=LAMP, events=(Event("faultRaised", FAULT),)))
        case "ack":
            await _a_run(stage)
        case "run":
            await stage.home.submit(_command(Operation.CANCEL_ACTION, path.rpartition("/")[2]))


async def _tidy(stage: Stage) -> None:
    """End the parties that still go on, so that no try sees another's."""
    for command in [each for each in stage.lamp.got if each.name == "x-acme-party" and each.id not in stage.lamp.stopped]:
        run = await stage.home.submit(_command(Operation.CANCEL_ACTION, command.id))
        await run.terminal(10)
