"""Logging in and out: `/api/v1/session`, `/login`, `/logout`, `/login-codes`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.errors import BadSyntax
from gateway.faces.http.caller import Inside, Knocking, Owner, Reader
from gateway.thing.principal import Role
from gateway.thing.timestamp import iso
from gateway.trust.login import LIFE, Granted
from gateway.trust.login_code import Invited
from gateway.trust.texts import data_of

router = APIRouter(prefix="/api/v1", tags=["login"])


class CodeTyped(BaseModel):
    """A one-time code, as it was typed."""

    model_config = ConfigDict(extra="forbid")
    code: Annotated[str, Field(max_length=64, examples=["7KQM-2XPD"])]


class KeyShown(BaseModel):
    """The answer of a paired client to a challenge."""

    model_config = ConfigDict(extra="forbid")
    client: Annotated[str, Field(max_length=128, examples=["phone-7f3k2m9q"])]
    challenge: Annotated[str, Field(max_length=128)]
    key: Annotated[str, Field(max_length=2048, description="Its public key, PEM")]
    signature: Annotated[str, Field(max_length=1024, description="base64url: ECDSA over SHA-256, or Ed25519")]


class CodeWanted(BaseModel):
    """For whom a code is to be made: a client that is in, or a new one."""

    model_config = ConfigDict(extra="forbid")
    client: Annotated[str | None, Field(max_length=128, examples=["phone-7f3k2m9q"])] = None
    name: Annotated[str | None, Field(max_length=64, examples=["Kitchen panel"])] = None
    role: Annotated[str, Field(max_length=16, examples=["viewer"])] = Role.USER.value


@router.get("/session", summary="Who am I, and what is this hub?")
async def session(house: Inside, principal: Reader, knocking: Knocking) -> dict[str, Any]:
    """Return who the request is from; 401 when it is nobody: log in first."""
    await house.logins.used(knocking)
    client = house.access.clients.get(principal.name)
    return {
        "gateway": house.home.identifier,
        "version": house.version,
        "name": principal.name,
        "title": principal.name if client is None else client.name,
        "role": principal.role.value,
        "open": house.access.open and knocking.local,
        "demo": house.status().get("demo", False),
    }


@router.post("/login", summary="Log in with a one-time code")
async def login(
    request: Request, response: Response, house: Inside, knocking: Knocking, typed: Annotated[CodeTyped, Body()]
) -> dict[str, Any]:
    """Give this browser a login; the cookie that comes with the answer is it."""
    granted = await house.logins.redeem(typed.code, knocking.host)
    set_cookie(request, response, granted)
    return _shown(granted)


@router.post("/login/challenge", summary="Begin to log in with the key of a paired client")
async def challenge(house: Inside) -> dict[str, str]:
    """Return a challenge, good once and for a minute, and what is to be signed of it."""
    made = house.challenges.make()
    return {"challenge": made, "sign": house.challenges.words(made).decode()}


@router.post("/login/key", summary="Log in with the key of a paired client")
async def login_with_key(
    request: Request, response: Response, house: Inside, knocking: Knocking, shown: Annotated[KeyShown, Body()]
) -> dict[str, Any]:
    """Give a paired client a login: a cookie for a browser, and the same as a `token` for a program."""
    signature = data_of(shown.model_dump(), "signature")
    client = house.challenges.check(shown.client, shown.challenge, shown.key.encode(), signature)
    granted = await house.logins.begin(client, knocking.host, means="key")
    set_cookie(request, response, granted)
    return _shown(granted) | {"token": granted.token}


@router.post("/logout", summary="Log out", status_code=204)
async def logout(request: Request, house: Inside, knocking: Knocking) -> Response:
    """End this login, if there is one."""
    await house.logins.end(knocking)
    response = Response(status_code=204)
    response.delete_cookie(
        request.scope["hulian.cookie"], path="/", secure=request.scope["hulian.secure"], httponly=True, samesite="strict"
    )
    return response


@router.post("/login-codes", summary="Make a login code for somebody", status_code=201)
async def invite(house: Inside, owner: Owner, wanted: Annotated[CodeWanted, Body()]) -> dict[str, Any]:
    """Return a one-time code, good for ten minutes: for a client that is in, or for a new one with a name and a role."""
    if (wanted.client is None) == (wanted.name is None):
        raise BadSyntax("say either `client`, one that is in, or `name`, of a new one")
    try:
        role = Role(wanted.role)
    except ValueError as error:
        raise BadSyntax(f"`role` is one of {', '.join(Role)}") from error
    client = "" if wanted.client is None else house.access.clients.find(wanted.client).id
    code = house.logins.invite(Invited(client=client, name=wanted.name or "", role=role, by=owner.name))
    await house.journal.record("login-code", actor=owner.name, target=client or wanted.name or "", source="http", role=role.value)
    return {"code": code.text, "until": iso(code.until)}


def set_cookie(request: Request, response: Response, granted: Granted) -> None:
    """Hand the login to a browser: no script reads it, no other site sends it, and where there is TLS it travels under no other."""
    response.set_cookie(
        request.scope["hulian.cookie"],
        granted.token,
        max_age=int(LIFE),
        path="/",
        secure=request.scope["hulian.secure"],
        httponly=True,
        samesite="strict",
    )


def _shown(granted: Granted) -> dict[str, Any]:
    return {"client": granted.client.id, "name": granted.client.name, "role": granted.client.role.value}
