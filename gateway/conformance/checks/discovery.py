"""D: how an appliance is found: what it announces of itself and what not, how it takes its leave, and its list of resources."""

import asyncio
import hashlib
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any, Final
from urllib.parse import unquote, urlsplit

from gateway.conformance.bench import Bench
from gateway.conformance.check import check
from gateway.conformance.checks.description import hashes
from gateway.conformance.deeds import lives_on
from gateway.conformance.ear import Announced, Ear, interface_towards, listening
from gateway.conformance.failure import Failure, Gone, NotAsked, Silence
from gateway.conformance.line import Heard, Transport
from gateway.conformance.lines.coap import CoapLine
from gateway.conformance.link_format import Link, links
from gateway.conformance.thing import Thing
from gateway.protocol.coap.message import Method

LONGEST_KEY: Final = 9
LONGEST_RECORD: Final = 400
NEVER: Final = frozenset(
    {"sn", "serial", "serialno", "serialnr", "serialnum", "owner", "user", "person", "room", "location", "loc", "place"}
    | {"fw", "fwver", "firmware", "build"}
)
"""Keys that tell what no announcement may."""
_TOKEN: Final = re.compile(rb"[A-Za-z0-9-]{6,64}")
GOODBYE: Final = 5.0
SLACK: Final = 10.0
KEEPALIVE: Final = 120.0
"""Seconds after which even a broker with a long keepalive has noticed that nobody is there."""
AWAY: Final = 4.0
BACK: Final = 30.0
_OBSERVED: Final = frozenset({"observeproperty", "observeallproperties", "subscribeevent"})
_NOT_FOUND: Final = (4, 4)


def _announces_itself(thing: Thing) -> str:
    if not thing.native:
        return "a hub announces itself, not each of the devices it speaks for"
    return "" if thing.coap else "what speaks MQTT only announces nothing: its broker is where it is found"


def _speaks_mqtt_itself(thing: Thing) -> str:
    return "" if thing.native else "a gateway speaks for it, and tells when it is gone"


@check("D3", applies=_announces_itself, seconds=3.0)
async def no_secret_is_announced(bench: Bench) -> None:
    """No announcement carries a serial number, an owner, a room or a firmware build."""
    async with _heard(bench) as (ear, announced):
        if named := sorted(NEVER & announced.txt.keys()):
            raise Failure("a TXT record without serial number, owner, room and build", came={name: announced.txt[name] for name in named})
        serials = await _serial_hashes(bench)
        secrets = [str(word) for word in bench.extras.get("secrets", ())]
        for packet in ear.packets:
            for word in _TOKEN.findall(packet.data):
                if hashlib.sha256(word).hexdigest() in serials:
                    raise Failure("packets without the serial number", came=word.decode())
            if found := next((word for word in secrets if word.encode() in packet.data), None):
                raise Failure("packets without what is secret", came=found)


@check("D3", "record", applies=_announces_itself, seconds=2.0)
async def the_record_is_short_and_true(bench: Bench) -> None:
    """The TXT record keeps its limits, and its hints are what the description says."""
    async with _heard(bench) as (_, announced):
        long = [key for key in announced.txt if len(key) > LONGEST_KEY]
        if long or announced.size > LONGEST_RECORD:
            raise Failure(
                f"keys of {LONGEST_KEY} characters and a record of {LONGEST_RECORD} bytes at the most", came=[long, announced.size]
            )
        for key, expected in _hints(bench.thing):
            if announced.txt.get(key) not in expected:
                raise Failure(f"`{key}` in the TXT record is {' or '.join(sorted(expected))}", came=announced.txt.get(key))
        surplus = set(filter(None, announced.txt.get("f", "").split(","))) - set(bench.thing.td.get("hl:features", ()))
        if surplus:
            raise Failure("`f` in the TXT record has features of the description", came=sorted(surplus))


@check("T4", "announced", applies=_announces_itself, seconds=2.0)
async def the_announced_hash_is_the_description(bench: Bench) -> None:
    """The hash in the TXT record is the description's."""
    async with _heard(bench) as (_, announced):
        right = hashes(await bench.line.td())
        if announced.txt.get("h") not in right:
            raise Failure(f"`h` in the TXT record is {right[0]}", came=announced.txt.get("h"))


@check("D4", "goodbye", on=Transport.MQTT, hands=("leave",), applies=_speaks_mqtt_itself, seconds=6.0)
async def who_leaves_says_so(bench: Bench) -> None:
    """An appliance that leaves in good order is offline at once, over MQTT and in its announcement."""
    async with bench.line.hearing("avail") as hearing:
        if bench.thing.coap:
            async with _heard(bench) as (ear, announced):
                since = time.monotonic()
                await _left(bench, hearing)
                await _until(lambda: ear.said_goodbye(announced.name, since), "its goodbye over mDNS (a record with TTL 0)")
        else:
            await _left(bench, hearing)
        await hearing.until(_is("online"), AWAY + BACK, "it is back online", since=len(hearing.items))


@check("D4", "silent", on=Transport.MQTT, hands=("power",), applies=_speaks_mqtt_itself, seconds=3.0)
async def who_dies_is_noticed(bench: Bench) -> None:
    """An appliance that loses its power is offline for everybody, without a word of its own."""
    async with bench.line.hearing("avail") as hearing:
        await hearing.until(_is("online"), BACK, "it is online")
        heard = len(hearing.items)
        await bench.hands.do("power", state="off")
        try:
            if await lives_on(bench.line, bench.thing.public[0] if bench.thing.public else "$"):
                raise NotAsked("it lives on without the mains: it has a battery, and no hand takes that out")
            await hearing.until(_is("offline"), KEEPALIVE + SLACK, "`avail` says offline", since=heard)
        finally:
            heard = len(hearing.items)
            await bench.hands.do("power", state="on")
        await hearing.until(_is("online"), BACK, "`avail` says online again", since=heard)


@check("D7", on=Transport.COAP, seconds=0.5)
async def the_list_of_resources_says_all(bench: Bench) -> None:
    """`/.well-known/core` lists the description as a Thing, and what can be observed is what its forms say."""
    line = _coap(bench)
    root = urlsplit(line.base).path
    listed = {link.path: link for link in await _core(bench)}
    if "wot.thing" not in listed.get(f"{root}/td", Link("")).words("rt"):
        raise Failure(f'a link </{root.strip("/")}/td> with rt="wot.thing"', came=sorted(listed)[:20])
    if bench.thing.native and not listed[f"{root}/td"].words("ep"):
        raise Failure("the link to the description says the id of the appliance (ep)", came=listed[f"{root}/td"].attributes)
    said = {path for path, link in listed.items() if path.startswith(f"{root}/") and "obs" in link.attributes}
    formed = set(_observable(bench.thing, root))
    if said != formed:
        raise Failure(
            "the links with `obs` are the forms that observe",
            came={"listed only": sorted(said - formed)[:10], "in forms only": sorted(formed - said)[:10]},
        )


@check("D7", "filtered", on=Transport.COAP, seconds=0.5)
async def the_list_is_filtered_as_it_is_asked(bench: Bench) -> None:
    """The list of resources gives what fits a filter by `rt` or `href` and nothing else; a `*` at the end stands for anything.

    Judged: the filters of RFC 6690 4.1 by words of `rt`, by path, by beginnings of both, and one that nothing fits.
    """
    line = _coap(bench)
    root = urlsplit(line.base).path
    for query, fits in (
        ("rt=wot.thing", lambda link: "wot.thing" in link.words("rt")),
        ("rt=wot.*", lambda link: any(word.startswith("wot.") for word in link.words("rt"))),
        (f"href={root}/td", lambda link: link.path == f"{root}/td"),
        (f"href={root}/*", lambda link: link.path.startswith(f"{root}/")),
        ("rt=nobody.*", lambda _: False),
    ):
        response = await line.request(Method.GET, f"/.well-known/core?{query}")
        found = list(links(response.payload.decode(errors="replace"))) if response.successful else []
        others = [link.path for link in found if not fits(link)]
        lacks = fits(Link(f"{root}/td", {"rt": "wot.thing"})) and f"{root}/td" not in {link.path for link in found}
        if others or lacks:
            came = {"others": others[:5], "the description is there": not lacks, "code": response.code}
            raise Failure(f"asked with ?{query}, the links that fit it, and no others", came=came)


@check("D7", "there", on=Transport.COAP, seconds=1.0)
async def what_is_listed_is_there(bench: Bench) -> None:
    """Every resource that is listed with `obs` answers; a property may have no value yet."""
    line = _coap(bench)
    root = urlsplit(line.base).path
    state = await line.state()
    for link in await _core(bench):
        if not link.path.startswith(f"{root}/") or "obs" not in link.attributes:
            continue
        sort, _, name = link.path.removeprefix(f"{root}/").partition("/")
        code = (await line.request(Method.GET, link.path)).code
        if code == _NOT_FOUND and (sort != "p" or unquote(name) in state):
            raise Failure("what is listed is there", sent=link.path, came=code)


def _coap(bench: Bench) -> CoapLine:
    line = bench.line
    assert isinstance(line, CoapLine)  # noqa: S101 - the check is on CoAP
    return line


async def _core(bench: Bench) -> list[Link]:
    """Return the links; of a hub only those of this device, for a whole home is too long a list."""
    line = _coap(bench)
    wanted = "" if bench.thing.native else f"?href={urlsplit(line.base).path}/*"
    response = await line.request(Method.GET, f"/.well-known/core{wanted}")
    if not response.successful:
        raise Failure("/.well-known/core is there", came=response.code)
    return list(links(response.payload.decode(errors="replace")))


def _observable(thing: Thing, root: str) -> Iterator[str]:
    """Yield the paths below the root that its forms let be observed."""
    whole = thing.td.get("forms", ())
    parts = [whole, *(body.get("forms", ()) for section in (thing.properties, thing.actions, thing.events) for body in section.values())]
    for form in (form for forms in parts if isinstance(forms, list) for form in forms if isinstance(form, dict)):
        href, operations = urlsplit(str(form.get("href", ""))), form.get("op", ())
        named = {operations} if isinstance(operations, str) else {each for each in operations if isinstance(each, str)}
        if href.scheme in ("coap", "coaps") and href.path.startswith(f"{root}/") and named & _OBSERVED:
            yield href.path


def _hints(thing: Thing) -> Iterator[tuple[str, set[str]]]:
    yield "k", {thing.kind}
    yield "lv", {"1"}
    yield "mq", {"1" if thing.mqtt[1] else "0"}
    if thing.mqtt[1]:
        yield "id", {thing.mqtt[1].removesuffix("/self").rpartition("/")[2]}


@asynccontextmanager
async def _heard(bench: Bench) -> AsyncIterator[tuple[Ear, Announced]]:
    """Hear what the device announces; raise NotAsked, with the reason, where nothing of it is heard."""
    host, port = urlsplit(bench.thing.coap).hostname or "", urlsplit(bench.thing.coap).port or 5683
    interface = interface_towards(host)
    async with listening(interface) as ear:
        announced = await ear.find(lambda each: host in each.addresses and each.port == port)
        if announced is None:
            raise NotAsked(f"nothing on {interface} announces itself as {host}:{port}: it announces nothing, or not here")
        yield ear, announced


async def _serial_hashes(bench: Bench) -> set[str]:
    """Return the hashes of its serial number, as it says them itself; none where it keeps them to itself."""
    found: set[str] = set()
    for name in ("identity", "life"):
        if name not in bench.thing.properties:
            continue
        try:
            value = await bench.line.read(name)
        except Gone:
            raise
        except Failure:
            continue
        found |= {str(each["serialHash"]) for each in (value, _member(value, "header")) if isinstance(each, dict) and "serialHash" in each}
    return found


def _member(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict) else None


async def _left(bench: Bench, hearing: Any) -> None:
    """Have it leave; raise Silence when it does not say so over MQTT."""
    await hearing.until(_is("online"), BACK, "it is online")
    heard = len(hearing.items)
    await bench.hands.do("leave", seconds=AWAY)
    await hearing.until(_is("offline"), GOODBYE, "`avail` says offline when it leaves in good order", since=heard)


async def _until(holds: Any, what: str) -> None:
    due = time.monotonic() + GOODBYE
    while not holds():
        if time.monotonic() > due:
            raise Silence(f"{what} within {GOODBYE:g} s")
        await asyncio.sleep(0.05)


def _is(state: str) -> Any:
    def fits(heard: Heard) -> bool:
        return isinstance(heard.value, dict) and heard.value.get("state") == state

    return fits
