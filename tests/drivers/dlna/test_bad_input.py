"""Strangers that describe themselves: what is no XML, what grows, what is huge, what is elsewhere, and notices nobody asked for."""

import asyncio
from random import Random

import pytest

from firmware_sim.plan import UnitPlan
from gateway.drivers.dlna import ear
from gateway.drivers.dlna.ear import LARGEST, listening
from gateway.drivers.dlna.requester import own
from gateway.drivers.dlna.search import MOST_OF_ONE, PORT, TARGET, facts_in, recognise
from gateway.drivers.dlna.web import LARGEST as LARGEST_PAGE
from gateway.drivers.dlna.web import Page, fetch
from gateway.drivers.dlna.xml import changes_in, element_of
from gateway.drivers.spi import Sighting
from gateway.drivers.table import load
from gateway.errors import DeviceFailure, WireError
from tests.drivers.contract_bench import living, simulated, watched
from tests.drivers.kit import context
from tests.drivers.units import Search
from tests.kit.addresses import address

UNUSABLE = {"no-xml": "no XML", "bomb": "no XML", "huge": "are read", "elsewhere": "not its own address", "no-search": ""}
NOTICE = b'<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0"><e:property><LastChange>{}</LastChange></e:property></e:propertyset>'


@pytest.mark.parametrize("quirk", UNUSABLE)
async def test_a_renderer_that_cannot_be_read_is_dropped_with_the_reason(quirk: str) -> None:
    async with living(UnitPlan(kind="uhd-tv", wire="dlna", address=address(), facts={"quirks": [quirk]})) as unit:
        search = Search(load("dlna"), context(), unicast=(unit.network.address,))
        assert await search.all() == []
        assert UNUSABLE[quirk] in " ".join(why for _, why in search.dropped)
        assert bool(search.dropped) is bool(UNUSABLE[quirk])


async def test_one_that_answers_no_search_is_found_where_a_person_says_it_is() -> None:
    facts = {"quirks": ["no-search"], "path": "/dmr.xml"}
    async with living(UnitPlan(kind="uhd-tv", wire="dlna", address=address(), facts=facts)) as unit:
        (found,) = await Search(load("dlna"), context(), unicast=(f"{unit.network.address}:49152",)).all()
        candidate = recognise(found)
        assert candidate is not None
        assert (candidate.port, candidate.facts["path"]) == (49152, "/dmr.xml")
        assert candidate.needs == ()
        search = Search(load("dlna"), context(), unicast=(f"{unit.network.address}:49153",))
        assert await search.all() == []
        assert "no description" in search.dropped[-1][1]


@pytest.mark.parametrize(
    "where", ["http://127.0.0.2/", "https://127.0.0.1/", "file:///etc/passwd", "http://u@127.0.0.1/", "http://[", "http://127.0.0.1:0/"]
)
def test_nothing_but_the_units_own_address_is_asked(where: str) -> None:
    with pytest.raises(WireError):
        own(where, "127.0.0.1")
    assert own("http://127.0.0.1:80/x?y", "127.0.0.1").query == "y"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"SSH-2.0-x\r\n\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \xb2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffff\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300000,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n" + b"x" * 300000 + b"\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x" * 20000,
        b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (LARGEST_PAGE + 1),
    ],
    ids=lambda answer: f"{len(answer)}:{answer[:60]!r}",
)
async def test_what_is_no_answer_is_a_wire_error_and_costs_no_more_than_the_limit(answer: bytes) -> None:
    async with serving(answer) as (host, port):
        with pytest.raises((WireError, ConnectionError)):
            await fetch(host, port, "GET / HTTP/1.1\r\n\r\n")


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
    ],
)
async def test_answers_come_with_a_length_in_chunks_or_to_the_end(answer: bytes) -> None:
    async with serving(answer) as (host, port):
        page = await fetch(host, port, "GET / HTTP/1.1\r\n\r\n")
        assert (page.status, page.body) == (200, b"hello")


class serving:  # noqa: N801 - used as a context
    """Answers the same to everybody."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer

    async def __aenter__(self) -> tuple[str, int]:
        async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self._answer)
            writer.close()

        host = address()
        self._server = await asyncio.start_server(answered, host, 0)
        return host, self._server.sockets[0].getsockname()[1]

    async def __aexit__(self, *_: object) -> None:
        self._server.close()


@pytest.mark.parametrize(
    "text",
    ["", "<", "<a><b></a>", '<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', '<!DOCTYPE a SYSTEM "http://127.0.0.1/"><a/>', "\ud800"],
)
def test_what_grows_or_fetches_or_is_none_is_no_xml(text: str) -> None:
    if text == '<!DOCTYPE a SYSTEM "http://127.0.0.1/"><a/>':
        assert element_of(text).tag == "a", "a document type that is only named is not fetched"
        return
    with pytest.raises(WireError):
        element_of(text)


def test_what_is_described_and_plays_nothing_is_no_renderer() -> None:
    with pytest.raises(DeviceFailure):
        facts_in(
            Page(200, {}, b'<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceType>x:Printer:1</deviceType></device></root>')
        )
    with pytest.raises(WireError):
        facts_in(Page(404, {}, b"<root/>"))
    nameless = Sighting(source="broadcast", service="dlna", name="x", address="127.0.0.1", facts={"udn": "", "kind": "uhd-tv"})
    assert recognise(nameless) is None


def test_of_a_notice_only_the_master_channel_of_the_first_instance_counts() -> None:
    inner = (
        '<Event><InstanceID val="0"><Volume channel="Master" val="7"/><Volume channel="LF" val="9"/><Mute val="1"/><X/></InstanceID>'
        '<InstanceID val="1"><Volume channel="Master" val="3"/></InstanceID></Event>'
    )
    escaped = inner.replace("<", "&lt;").replace(">", "&gt;").encode()
    assert changes_in(NOTICE.replace(b"{}", escaped) + b"\0\0") == {"Volume": "7", "Mute": "1"}
    many = "".join(f'<V{number} val="1"/>' for number in range(100))
    with pytest.raises(WireError):
        changes_in(NOTICE.replace(b"{}", f"<E><I>{many}</I></E>".replace("<", "&lt;").encode()))


async def notify(where: str, body: bytes, *, method: str = "NOTIFY", sid: str = "s", length: int | None = None) -> int:
    """Send a notice to an ear; return the status, 0 where there is no answer."""
    host, _, rest = where.removeprefix("http://").partition(":")
    port, _, path = rest.partition("/")
    reader, writer = await asyncio.open_connection(host, int(port))
    size = len(body) if length is None else length
    writer.write(f"{method} /{path} HTTP/1.1\r\nSID: {sid}\r\nContent-Length: {size}\r\n\r\n".encode() + body)
    try:
        line = await reader.readline()
    except ConnectionError:
        line = b""
    writer.close()
    return int(line.split(b" ")[1]) if line else 0


async def test_only_the_renderer_is_heard_and_only_at_its_secret_path() -> None:
    heard: list[tuple[str, bytes]] = []

    def take(sid: str, body: bytes) -> int:
        heard.append((sid, body))
        return 200

    async with listening("127.0.0.1", take) as mine, listening(address(), take) as others:
        assert await notify(mine, b"x") == 200
        assert heard == [("s", b"x")]
        assert await notify(others, b"x") == 404, "it is told by 127.0.0.1, and that is not its renderer"
        assert await notify(mine + "y", b"x") == 404
        assert await notify(mine, b"x", method="GET") == 404
        assert await notify(mine, b"", length=LARGEST + 1) == 413
        assert mine.rpartition("/")[0] == others.rpartition("/")[0], "one server for all"
    with pytest.raises(OSError, match="Connect call failed"):
        await notify(mine, b"x")
    assert len(heard) == 1


async def test_a_storm_of_notices_is_answered_and_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "READ", (0.001, 16 * 1024.0))  # no more is earned while the test runs, however long it takes
    heard: list[bytes] = []

    def take(_sid: str, body: bytes) -> int:
        heard.append(body)
        return 200

    async with listening("127.0.0.1", take) as where:
        answers = [await notify(where, b"x") for _ in range(20)]
    assert answers == [200] * 16 + [503] * 4
    assert len(heard) == 16


async def test_a_few_large_notices_are_a_storm_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ear, "READ", (0.001, ear.READ[1]))
    async with listening("127.0.0.1", lambda _sid, _body: 200) as where:
        answers = [await notify(where, b"x" * LARGEST) for _ in range(5)]
    assert answers == [200, 200, 503, 503, 503]


async def test_notices_of_a_wrong_subscription_change_nothing() -> None:
    async with simulated("dlna", "dlna", "uhd-tv", settings={"power": True}) as bench:
        from gateway.drivers.dlna.renderer import renderer_at  # noqa: PLC0415

        url = f"http://{bench.network.address}:49152/description.xml"
        async with renderer_at(bench.network.address, url, bench.clock, Random(1)) as renderer:
            told: list[object] = []
            renderer.news = told.append
            assert renderer.heard("", NOTICE) == 412
            assert renderer.heard("uuid:somebody-elses", NOTICE) == 412
            assert await renderer.listen()
            sid = renderer._leases["RenderingControl"].sid
            assert renderer.heard(sid, b"<not xml") == 400
            assert told == [] or all(isinstance(each, dict) for each in told)


async def test_a_renderer_that_refuses_says_so() -> None:
    async with simulated("dlna", "dlna", "uhd-tv", settings={"power": True}) as bench, watched(bench) as house:
        await house.whole()
        bench.appliance.touch({"power": False})
        with pytest.raises(DeviceFailure, match="refuses SetVolume"):
            await house.write("volume", 30)


_CROWD = 24


class _Crowd(asyncio.DatagramProtocol):
    """Says of itself that it has many descriptions, each at another place."""

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, _data: bytes, addr: tuple[str, int]) -> None:
        host = self._transport.get_extra_info("sockname")[0]
        for number in range(_CROWD):
            answer = f"HTTP/1.1 200 OK\r\nST: {TARGET}\r\nLOCATION: http://{host}:9/{number}\r\n\r\n"
            self._transport.sendto(answer.encode(), addr)


async def test_one_that_answers_with_very_many_places_leaves_room_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.drivers.dlna.search.MOST", _CROWD)
    where = address()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(_Crowd, local_addr=(where, PORT))
    try:
        async with living(UnitPlan(kind="set-top-box", wire="dlna", address=address())) as unit:
            search = Search(load("dlna"), context(), unicast=(where, unit.network.address))
            (found,) = await search.all()
            assert found.address == unit.network.address
            assert 0 < len([why for who, why in search.dropped if who == where]) <= MOST_OF_ONE
    finally:
        transport.close()
