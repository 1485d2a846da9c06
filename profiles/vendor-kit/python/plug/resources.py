"""What each CoAP path answers, free of the library that carries it (the standard, "On the wire").

/.well-known/core  /.well-known/wot  /d        what there is
/d/self/td  s  p/{name}  a/{name}  run/{id}  e/{name}  ack
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from plug.appliance import Appliance
from plug.clock import moment
from plug.orders import TERMINAL, Ack, Book, Order, Run, checked_id, own_id
from plug.payload import CBOR, JSON, LINKS, MERGE_PATCH, SENML_CBOR, SENML_JSON, TD, decode, encode, has_senml, senml
from plug.refusal import COAP_CODES, Refusal
from plug.telling import seconds

CREATED, DELETED, CHANGED, CONTENT = (2, 1), (2, 2), (2, 4), (2, 5)
PATIENCE = 2.0
SENML = (SENML_JSON, SENML_CBOR)


@dataclass(frozen=True, kw_only=True)
class Request:
    """One whole request; `query` holds the first value of each name."""

    method: str
    path: tuple[str, ...]
    query: dict[str, str]
    filters: tuple[str, ...] = ()
    payload: bytes = b""
    form: int | None = None
    accept: int | None = None
    if_match: tuple[bytes, ...] = ()
    if_none_match: bool = False


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One whole answer; `age` is Max-Age in seconds, `location` the path of a run."""

    code: tuple[int, int] = CONTENT
    payload: bytes = b""
    form: int | None = None
    etag: bytes | None = None
    age: int | None = None
    location: tuple[str, ...] = ()


def refused(refusal: Refusal) -> Answer:
    """Return the error object as an answer."""
    age = 1 if refusal.code == "rate" else None
    return Answer(code=COAP_CODES[refusal.code], payload=encode(refusal.document()), form=JSON, age=age)


class Resources:
    """Paths to answers, for one appliance; `td` are the bytes of its description."""

    def __init__(self, appliance: Appliance, book: Book, td: bytes) -> None:
        self._appliance = appliance
        self._book = book
        self._td = td

    async def answer(self, request: Request) -> Answer:
        """Answer one request; Refusal."""
        match request.method, request.path:
            case "PUT", ("d", "self", "p", name):
                self._appliance.schema(name)
                return await self._order(request, "writeproperty", name, _body(request, (JSON, CBOR)))
            case "iPATCH", ("d", "self", "s"):
                return await self._order(request, "writemultipleproperties", "", _body(request, (MERGE_PATCH, JSON)))
            case "POST", ("d", "self", "a", name):
                return await self._order(request, "invokeaction", name, _body(request, (JSON, CBOR)) if request.payload else None)
            case "DELETE", ("d", "self", "run", id):
                self._book.run(id)
                return await self._order(request, "cancelaction", id, None)
            case "GET", path:
                return self._get(path, request)
            case method, path:
                self._get(path, request)  # what is not there is unknown before it is read-only
                raise Refusal("read-only", f"no {method} here")
        raise Refusal("unknown", "there is no such resource")

    def _get(self, path: tuple[str, ...], request: Request) -> Answer:  # noqa: PLR0911 - a table of paths
        match path:
            case (".well-known", "core"):
                return Answer(payload=self._links(request.filters), form=_chosen(request, (LINKS,)))
            case (".well-known", "wot") | ("d", "self", "td"):
                return self._described(_chosen(request, (TD, JSON, CBOR)))
            case ("d",):
                form = _chosen(request, (JSON, CBOR, LINKS))
                return Answer(payload=self._links(("href=/d/*",)) if form == LINKS else encode(["self"], form), form=form)
            case ("d", "self", "s"):
                return self._state(request)
            case ("d", "self", "p", name):
                return self._property(name, request)
            case ("d", "self", "ack"):
                return happened(self._book.last, request)
            case ("d", "self", "run", id):
                return happened(self._book.run(id).last, request)
            case ("d", "self", "e", name) if name in self._appliance.affordances["events"]:
                return happened(self._appliance.last_events.get(name), request)
            case ("d", "self", "a", name) if name in self._appliance.affordances["actions"]:
                raise Refusal("read-only", "an action is POSTed")
        raise Refusal("unknown", "there is no such resource")

    def observed(  # noqa: PLR0911 - a table of paths
        self, path: tuple[str, ...], request: Request, push: Callable[[Answer | None], None]
    ) -> Callable[[], None] | None:
        """Call `push` for every change from now on, with what is to be said or None for "ask again"; return what ends it."""
        match path:
            case ("d", "self", "s"):
                return self._listening(Ear(changed=lambda _: push(None)))
            case ("d", "self", "p", name) if name not in self._appliance.private:
                return self._listening(Ear(changed=lambda names: push(None) if name in names else None))
            case ("d", "self", "e", name):
                return self._listening(Ear(happened=lambda event, data: push(happened(data, request)) if event == name else None))
            case ("d", "self", "ack"):
                return self._acks(lambda _, ack: push(happened(ack, request)))
            case ("d", "self", "run", id):
                return self._acks(lambda run, ack: push(happened(ack, request)) if run.order.id == id else None)
            case ("d",):
                return lambda: None
        return None

    def _listening(self, ear: "Ear") -> Callable[[], None]:
        self._appliance.listeners.append(ear)
        return lambda: self._appliance.listeners.remove(ear)

    def _acks(self, hear: Callable[[Run, Ack], None]) -> Callable[[], None]:
        self._book.listeners.append(hear)
        return lambda: self._book.listeners.remove(hear)

    # What is shown

    def _links(self, filters: tuple[str, ...]) -> bytes:
        """Return the links (RFC 6690): the description with our id, and everything that can be observed."""
        kind = self._appliance.model.kind
        links = [
            ("/d", 'rt="hl.devices";ct="50 60 40";obs'),
            ("/d/self/td", f'rt="wot.thing";ep="{self._appliance.identifier}";ct="432 50 60";hl.kind="{kind}"'),
            ("/d/self/s", 'rt="hl.state";ct="50 60 110 112";obs'),
            ("/d/self/ack", 'rt="hl.ack";ct="50 60";obs'),
            *((f"/d/self/p/{name}", 'rt="hl.property";obs') for name in self._appliance.properties if name not in self._appliance.private),
            *((f"/d/self/e/{name}", 'rt="hl.event";obs') for name in self._appliance.affordances["events"] if name != "commandAck"),
        ]
        return ",".join(f"<{path}>;{words}" for path, words in links if all(_fits(path, words, each) for each in filters)).encode()

    def _described(self, form: int) -> Answer:
        payload = encode(decode_td(self._td), CBOR) if form == CBOR else self._td
        return Answer(payload=payload, form=form, age=3600)

    def _state(self, request: Request) -> Answer:
        state = self._appliance.state()
        form = _chosen(request, (JSON, CBOR, *SENML))
        payload = self._pack([name for name in state if name != "$"], form) if form in SENML else encode(state, form)
        return self._tagged(payload, form, 60)

    def _property(self, name: str, request: Request) -> Answer:
        value = self._appliance.value(name)
        form = _chosen(request, (JSON, CBOR, *SENML) if has_senml(value) else (JSON, CBOR))
        age = int(seconds(self._appliance.schema(name).get("hl:report", {}).get("maxInterval"), 60))
        return self._tagged(self._pack([name], form) if form in SENML else encode(value, form), form, age)

    def _pack(self, names: list[str], form: int) -> bytes:
        base = decode_td(self._td)["id"] + ":"
        records = ((name, self._appliance.value(name), self._appliance.schema(name).get("unit")) for name in names)
        return senml(base, (record for record in records if has_senml(record[1])), form)

    def _tagged(self, payload: bytes, form: int, age: int) -> Answer:
        return Answer(payload=payload, form=form, age=age, etag=etag(self._appliance.boot, self._appliance.seq))

    # What is asked

    async def _order(self, request: Request, op: str, name: str, value: Any) -> Answer:
        accept = _chosen(request, (JSON, CBOR))
        if request.if_none_match:
            raise Refusal("precondition", "it exists")
        ended = asyncio.Event()
        run = self._book.submit(self._ordered(request, op, name, value), lambda ack: ended.set() if ack["state"] in TERMINAL else None)
        if not run.long or run.ended is not None:
            await _within(ended, PATIENCE)
        return _outcome(run, request, accept)

    def _ordered(self, request: Request, op: str, name: str, value: Any) -> Order:
        matches = [read_etag(tag) for tag in request.if_match]
        return Order(
            op=op,
            name=name,
            input=value,
            id=checked_id(request.query["id"]) if "id" in request.query else own_id(),
            expires=self._expiry(request.query),
            expected=None if not matches or None in matches else frozenset(match for match in matches if match),
            confirm=request.query.get("confirm"),
        )

    def _expiry(self, query: dict[str, str]) -> float | None:
        """Return the earlier of `exp` (a time) and `ttl` (seconds from now)."""
        try:
            limits = [moment(query["exp"])] if "exp" in query else []
            limits += [self._appliance.clock.now() + float(query["ttl"])] if "ttl" in query else []
        except ValueError as error:
            raise Refusal("bad-syntax", "a time is written as 2026-11-22T00:31:57Z") from error
        return min(limits, default=None)


@dataclass(frozen=True)
class Ear:
    """What listens to the appliance on behalf of one observer."""

    changed: Callable[[tuple[str, ...]], None] = lambda _: None
    happened: Callable[[str, dict[str, Any]], None] = lambda *_: None


def happened(body: dict[str, Any] | None, request: Request) -> Answer:
    """Return an ack or an event; `null` where there was none yet."""
    form = _chosen(request, (JSON, CBOR))
    return Answer(payload=encode(body, form), form=form, age=0)


def etag(boot: int, seq: int) -> bytes:
    """Return the tag of a state; clients take it as it is, so the shape is ours: four bytes of each."""
    return (boot % (1 << 32)).to_bytes(4, "big") + (seq % (1 << 32)).to_bytes(4, "big")


def read_etag(tag: bytes) -> tuple[int, int] | None:
    """Return (boot, seq); None for the empty tag, which stands for any state."""
    return (int.from_bytes(tag[:4], "big"), int.from_bytes(tag[4:], "big")) if tag else None


def decode_td(td: bytes) -> dict[str, Any]:
    """Return the description as an object."""
    import json  # noqa: PLC0415 - our own bytes need none of the limits of `decode`

    document: dict[str, Any] = json.loads(td)
    return document


async def _within(event: asyncio.Event, patience: float) -> None:
    try:
        async with asyncio.timeout(patience):
            await event.wait()
    except TimeoutError:
        return


def _outcome(run: Run, request: Request, accept: int) -> Answer:
    """2.04 (2.02) with what came of it; 2.01 with the run's path while it goes on; the error of what did not work out."""
    if run.ended is None:
        return Answer(code=CREATED, location=("d", "self", "run", run.order.id))
    if run.last["state"] != "completed":
        error = run.last["error"]
        return Answer(code=COAP_CODES[error["code"]], payload=encode(error), form=JSON, age=1 if error["code"] == "rate" else None)
    if request.method != "POST":
        return Answer(code=DELETED if request.method == "DELETE" else CHANGED)
    return Answer(code=CHANGED, payload=encode(run.last.get("out", run.last), accept), form=accept)


def _body(request: Request, forms: tuple[int, ...]) -> Any:
    form = JSON if request.form is None else request.form
    if form not in forms:
        raise Refusal("bad-format", f"understood are {', '.join(map(str, forms))}")
    return decode(request.payload, form)


def _chosen(request: Request, offered: tuple[int, ...]) -> int:
    if request.accept is None:
        return offered[0]
    if request.accept not in offered:
        raise Refusal("not-acceptable", f"offered are {', '.join(map(str, offered))}")
    return request.accept


def _fits(path: str, words: str, query: str) -> bool:
    """Return whether a link has the attribute a client asks for (RFC 6690, 4.1)."""
    name, _, wanted = query.partition("=")
    held = (
        path
        if name == "href"
        else next((word.partition("=")[2].strip('"') for word in words.split(";") if word.partition("=")[0] == name), None)
    )
    if held is None:
        return False
    texts = [held] if name == "href" else [held, *held.split()]
    return any(text.startswith(wanted[:-1]) if wanted.endswith("*") else text == wanted for text in texts)
