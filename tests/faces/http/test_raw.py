"""Requests no library would send, byte by byte, at both doors: each is answered with a refusal or closed, and the hub serves on."""

import asyncio
import gzip
import ssl
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest

from tests.faces.http.conftest import D, Hub

Made = Callable[[str], bytes]
DEVICES = "/api/v1/devices"
JSON = "Content-Type: application/json"
WRITE = f"PUT {D}/properties/brightness HTTP/1.1"


def asked(line: str, *headers: str, body: bytes = b"", host: bool = True) -> Made:
    """Return a request whose `{host}` is put in when it is sent."""
    lines = [line, *(["Host: {host}"] if host else []), *headers, *([f"Content-Length: {len(body)}"] if body else []), "", ""]
    text = "\r\n".join(lines)
    return lambda authority: text.replace("{host}", authority).encode("latin-1") + body


def put(body: bytes, *headers: str) -> Made:
    return asked(WRITE, JSON, *headers, body=body)


REFUSED: dict[str, tuple[Made, set[int]]] = {
    "two hosts": (asked(f"GET {DEVICES} HTTP/1.1", "Host: evil.example"), {400, 403}),
    "two hosts, the same": (asked(f"GET {DEVICES} HTTP/1.1", "Host: {host}"), {400, 403}),
    "no host": (asked(f"GET {DEVICES} HTTP/1.1", host=False), {400, 403}),
    "HTTP/1.0 without a host": (asked(f"GET {DEVICES} HTTP/1.0", host=False), {400, 403}),
    "a foreign absolute target, and no host of ours": (asked(f"GET http://evil.example{DEVICES} HTTP/1.1", host=False), {400, 403}),
    "origin null": (asked(f"GET {DEVICES} HTTP/1.1", "Origin: null"), {403}),
    "two origins": (asked(f"GET {DEVICES} HTTP/1.1", "Origin: http://{host}", "Origin: http://evil.example"), {403}),
    "trace": (asked(f"TRACE {DEVICES} HTTP/1.1"), {400, 405}),
    "connect": (asked("CONNECT evil.example:443 HTTP/1.1"), {400, 404, 405}),
    "a method of its own": (asked(f"BREW {DEVICES} HTTP/1.1"), {400, 405}),
    "a target that is no path": (asked("GET api/v1/devices HTTP/1.1"), {400, 404}),
    "options for the whole": (asked("OPTIONS * HTTP/1.1"), {400, 404, 405}),
    "a null byte in a path": (asked("GET /api/v1/devices/%00 HTTP/1.1"), {400, 404}),
    "no UTF-8 in a path": (asked("GET /api/v1/devices/%ff%fe HTTP/1.1"), {400, 404}),
    "a lone surrogate in a path": (asked("GET /api/v1/devices/%ed%a0%80 HTTP/1.1"), {400, 404}),
    "dots in a path": (asked("GET /api/v1/conformance/..%2f..%2fetc/report.html HTTP/1.1"), {400, 404}),
    "a name without end": (asked(f"GET {DEVICES}/{'x' * 10_000} HTTP/1.1"), {400, 404, 414, 422, 431}),
    "1,000 nestings": (put(b"[" * 1000 + b"]" * 1000), {400}),
    "100,000 nestings": (put(b"[" * 32_000 + b"]" * 32_000), {400}),
    "1e400": (put(b"1e400"), {400, 422}),
    "NaN": (put(b"NaN"), {400}),
    "infinite": (put(b"-Infinity"), {400}),
    "a lone surrogate": (put(b'"\\ud800"'), {400, 422}),
    "no UTF-8": (put(b'"\xff\xfe"'), {400}),
    "a byte order mark": (put(b"\xef\xbb\xbf31"), {400, 422}),
    "a bomb in gzip": (put(gzip.compress(b"3" * 5_000_000), "Content-Encoding: gzip"), {400, 413, 415}),
    "two lengths": (
        asked(WRITE, JSON, "Content-Length: 1", "Content-Length: 2"),
        {400},
    ),
    "a length below nothing": (asked(WRITE, "Content-Length: -1"), {400}),
    "length and chunks": (
        asked(WRITE, JSON, "Content-Length: 4", "Transfer-Encoding: chunked"),
        {400, 422},
    ),
    "an encoding nobody knows": (asked(WRITE, "Transfer-Encoding: gzip, chunked"), {400, 415, 501}),
    "a bad chunk": (
        asked(WRITE, JSON, "Transfer-Encoding: chunked", body=b""),
        {400},
    ),
    "a folded header": (asked(f"GET {DEVICES} HTTP/1.1", "X-A: a\r\n evil"), {200, 400}),
    "a header with a space": (asked(f"GET {DEVICES} HTTP/1.1", "Host : evil.example"), {400}),
    "a socket of another site": (  # its key is a vector, nobody's
        asked(
            "GET /api/v1/changes HTTP/1.1",
            *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="),
            "Origin: http://evil.example",
        ),
        {403},
    ),
    "a socket of an old kind": (
        asked("GET /api/v1/changes HTTP/1.1", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8"),
        {400, 403, 426},
    ),
    "another protocol": (asked(f"GET {DEVICES} HTTP/1.1", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c"), {200, 401}),
    "HTTP/2 from the start": (lambda _: b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", {400, 403, 505}),
    "TLS in clear": (lambda _: b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 64, {400}),
    "nothing but lines": (lambda _: b"\r\n" * 1000, {400}),
}
SERVED: dict[str, Made] = {
    "upper case": lambda authority: f"GET /healthz HTTP/1.1\r\nHOST: {authority.upper()}\r\n\r\n".encode(),
    "localhost with a dot": lambda authority: f"GET /healthz HTTP/1.1\r\nHost: localhost.:{authority.rpartition(':')[2]}\r\n\r\n".encode(),
    "another port": lambda authority: f"GET /healthz HTTP/1.1\r\nHost: {authority.rpartition(':')[0]}:1\r\n\r\n".encode(),
    "IPv6": lambda _: b"GET /healthz HTTP/1.1\r\nHost: [::1]:80\r\n\r\n",
    "an absolute target": lambda authority: f"GET http://{authority}/healthz HTTP/1.1\r\nHost: {authority}\r\n\r\n".encode(),
    "a range": asked("GET /healthz HTTP/1.1", "Range: bytes=0-99999999999,5-4,-1"),
}
NAMES_OF_LOOPBACK = ("localhost with a dot", "IPv6")


async def told(url: str, sent: bytes, tls: ssl.SSLContext) -> int:
    """Send bytes and return the status that comes back, 0 where the connection is closed without a word."""
    place = urlsplit(url)
    secure = tls if place.scheme == "https" else None
    reader, writer = await asyncio.open_connection(place.hostname, place.port, ssl=secure)
    try:
        writer.write(sent)
        writer.write_eof() if secure is None else None
        async with asyncio.timeout(30):
            line = await reader.readline()
    except ConnectionError:
        return 0
    finally:
        writer.close()
    return int(line.split()[1]) if line.startswith(b"HTTP/") else 0


@pytest.mark.parametrize("door", ["inside", pytest.param("outside", marks=pytest.mark.long)])
async def test_what_no_library_sends_is_refused_and_the_hub_serves_on(hub: Hub, door: str, caplog: pytest.LogCaptureFixture) -> None:
    url = hub.url if door == "inside" else hub.outside
    for name, (make, statuses) in REFUSED.items():
        status = await told(url, make(urlsplit(url).netloc), hub.tls)
        nobody = {401} if door == "outside" else set()  # where nobody is let in without a login, that comes first
        assert status in {0, *statuses, *nobody}, f"{name}: {status}"
    for name, make in SERVED.items():
        status = await told(url, make(urlsplit(url).netloc), hub.tls)
        assert status == (403 if door == "outside" and name in NAMES_OF_LOOPBACK else 200), f"{name}: {status}"
    assert not hub.lamp.got
    assert "Traceback" not in caplog.text


@pytest.mark.long
async def test_every_method_on_every_path_is_answered_and_none_is_our_fault(hub: Hub) -> None:
    paths = (await hub.client.get("/api/v1/openapi.json")).json()["paths"]
    for path in paths:
        for method in ("OPTIONS", "TRACE", "PATCH", "DELETE"):
            if method.lower() not in paths[path]:
                answer = await hub.client.request(method, path.replace("{", "").replace("}", ""))
                assert answer.status_code in {401, 403, 404, 405}, (method, path)
    assert hub.gateway.home.twin("lamp-1").name
