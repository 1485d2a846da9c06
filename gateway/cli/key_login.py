"""Logging in at a hub with the keys a client was paired with: the hub names a challenge, the key signs it, and no secret travels.

What comes back is a login as a browser has it, as a token. It is kept beside the keys, in a file that curl reads, so that it stands
neither on a screen nor on a command line.
"""

import json as jsonlib
import os
import ssl
from http.client import HTTPException
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

import typer

from gateway.cli.output import console, print_json
from gateway.errors import BadSyntax, CommandError, SetupError, Unauthenticated
from gateway.trust.bundle import PRIVATE
from gateway.trust.extra import extra
from gateway.trust.login_key import words
from gateway.trust.texts import text_of

SECONDS: Final = 20.0
LARGEST: Final = 64 << 10
CURL: Final = "curl.conf"


def log_in(folder: Path, url: str | None, *, token: bool, json: bool) -> None:
    """Log in with the keys of a folder, and keep the login there, or print it; raise SetupError, BadSyntax or Unauthenticated."""
    connection = _document(folder / "connection.json")
    base = _base(url or connection.get("https"), folder)
    opener = build_opener(ProxyHandler({}), HTTPSHandler(context=_tls(folder)))

    def post(path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        content = None if body is None else jsonlib.dumps(body).encode()
        request = Request(f"{base}/api/v1{path}", data=content or b"", method="POST", headers={"content-type": "application/json"})  # noqa: S310 - checked above
        return _answered(opener, request, base)

    challenge = str(post("/login/challenge", None).get("challenge", ""))
    with extra("logging in with a key"):
        from gateway.trust.key_proof import signed  # noqa: PLC0415 - an extra
    public, signature = signed(_read(folder / "client.key"), words(str(connection.get("gateway")), challenge))
    client = str(connection.get("client"))
    granted = post("/login/key", {"client": client, "challenge": challenge, "key": public.decode(), "signature": text_of(signature)})
    _tell(folder, base, granted, token=token, json=json)


def _tell(folder: Path, base: str, granted: dict[str, Any], *, token: bool, json: bool) -> None:
    if json:
        print_json({"url": base, **granted})
    elif token:
        typer.echo(granted["token"])
    else:
        _keep(folder, str(granted["token"]))
        out = console()
        out.print(f"Logged in as {granted['client']}, {granted['role']}; `hulian revoke` at the hub ends it. For example:", markup=False)
        out.print(f"  curl --config {folder / CURL} {base}/api/v1/devices", markup=False, soft_wrap=True)


def _keep(folder: Path, token: str) -> None:
    """Write what curl reads, for this user only."""
    lines = [f'cacert = "{(folder / "authority.pem").absolute()}"', f'header = "Authorization: Bearer {token}"', "silent", "show-error", ""]
    fresh = folder / f".{CURL}"
    try:
        fresh.unlink(missing_ok=True)
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 - it was opened for this user only
            file.write("\n".join(lines))
        fresh.rename(folder / CURL)
    except OSError as error:
        raise SetupError(f"{folder / CURL} cannot be written: {error.strerror}; --token prints the login instead") from error


def _base(url: str | None, folder: Path) -> str:
    if not url:
        raise SetupError(f"{folder} does not say where the hub serves HTTPS: name it with --url https://ADDRESS:8443")
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BadSyntax(f"{url!r} is no address of a hub") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSyntax(f"{url!r} is no address of a hub: it looks like https://192.168.1.20:8443")
    if parts.scheme == "http" and not _is_loopback(parts.hostname):
        raise BadSyntax("over http:// everybody on the way could read the login: use https://")
    return f"{parts.scheme}://{parts.netloc}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(folder: Path) -> ssl.SSLContext:
    """Return TLS that trusts the authority of the home and nobody else."""
    try:
        return ssl.create_default_context(cadata=_read(folder / "authority.pem").decode("ascii"))
    except (ssl.SSLError, UnicodeDecodeError) as error:
        raise SetupError(f"{folder / 'authority.pem'} is no certificate: pair again with `hulian join`") from error


def _answered(opener: Any, request: Request, base: str) -> dict[str, Any]:
    try:
        with opener.open(request, timeout=SECONDS) as response:
            answer = jsonlib.loads(response.read(LARGEST))
    except HTTPError as error:
        raise _refusal(error) from error
    except URLError as error:
        raise SetupError(f"{base} does not answer as this home's hub: {error.reason}. Is HTTP on there (`hulian doctor`)?") from error
    except (OSError, HTTPException, ValueError) as error:
        raise SetupError(f"{base} does not answer as a hub does: {error}") from error
    if not isinstance(answer, dict):
        raise SetupError(f"{base} does not answer as a hub does")
    return answer


def _refusal(error: HTTPError) -> CommandError | SetupError:
    try:
        detail = str(jsonlib.loads(error.read(LARGEST))["detail"])
    except (ValueError, KeyError, TypeError, OSError):
        detail = f"it answered {error.code}"
    if error.code == 401:  # noqa: PLR2004 - HTTP's word for it
        return Unauthenticated(f"the hub does not let these keys in ({detail}). Were they revoked, or are they of another home?")
    return SetupError(f"the hub refused: {detail}")


def _document(path: Path) -> dict[str, Any]:
    try:
        document = jsonlib.loads(_read(path))
    except ValueError as error:
        raise SetupError(f"{path} is no JSON: is this a folder that `hulian join` wrote?") from error
    if not isinstance(document, dict):
        raise SetupError(f"{path} is not what `hulian join` writes")
    return document


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}. It is a folder that `hulian join` wrote") from error
