"""Requests that become commands: the answer waits for the end, and where that takes longer says where the run can be followed."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any, Final
from uuid import uuid4

from fastapi import Depends, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BY_CODE, CommandError, DeviceFailure, Precondition
from gateway.faces.http.answers import answer, etag_of
from gateway.faces.http.house import House
from gateway.faces.payload import expiry
from gateway.home.run import Run
from gateway.thing.ack import Ack, AckState
from gateway.thing.command import Command, Operation, Version
from gateway.thing.principal import Principal
from gateway.thing.value import Value

PATIENCE: Final = 5.0
"""Seconds a request waits for its command's end, unless it says `wait`."""
ACCEPTED: Final = 202


@dataclass(frozen=True, slots=True)
class Wish:
    """How a command is to be done: what every request that becomes one may say in its query."""

    id: Annotated[str | None, Query(max_length=64, pattern=r"^[\x21-\x7e]+$", description="Of the command: sent twice, done once")] = None
    ttl: Annotated[float | None, Query(ge=0, le=1e9, description="Seconds after which it is not to be done any more")] = None
    why: Annotated[str, Query(max_length=64, description="Who or what wants it: user, scene, automation ...")] = "user"
    confirm: Annotated[str | None, Query(max_length=128, description="The token of a needs-confirm error, once a person has confirmed")] = (
        None
    )
    wait: Annotated[float, Query(ge=0, le=30, description="Seconds to wait for the end")] = PATIENCE


Wished = Annotated[Wish, Depends()]


async def command(
    house: House, request: Request, principal: Principal, wish: Wish, device: str, operation: Operation, name: str, value: Value
) -> Response:
    """Do one command and answer; raise what its refusal is on every wire."""
    home = house.home
    twin = home.twin(device)
    run = await home.submit(
        Command(
            id=wish.id or f"h-{uuid4().hex[:12]}",
            device=device,
            operation=operation,
            name=name,
            input=value,
            principal=principal,
            expires=expiry(None, wish.ttl, house.clock.now()),
            expected=_expected(request, twin.version),
            why=wish.why,
            confirmation=wish.confirm,
        )
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(wish.wait):
            await _enough(house, run)
    return _ended(run.last) if run.done else _accepted(run.last)


async def _enough(house: House, run: Run) -> None:
    """Return once there is an end, or nothing to wait for: it is delayed, or a long action runs."""
    async for ack in run.acks():
        if ack.state is AckState.DELAYED or (ack.state is AckState.RUNNING and _long(house, ack)):
            return


def _long(house: House, ack: Ack) -> bool:
    action = house.home.twin(ack.device).instance.actions.get(ack.name)
    return action is not None and action.long


def _expected(request: Request, version: Version) -> Version | None:
    wanted = [tag.strip() for tag in request.headers.get("if-match", "").split(",") if tag.strip()]
    if not wanted or "*" in wanted:
        return None
    if etag_of(version) not in wanted:
        raise Precondition("the state has moved on since the ETag in If-Match: read it again")
    return version


def run_path(ack: Ack) -> str:
    """Return where a run can be followed."""
    return f"/api/v1/devices/{ack.device}/runs/{ack.id}"


def _accepted(ack: Ack) -> Response:
    return answer(ack.document(), ACCEPTED, Location=run_path(ack))


def _ended(ack: Ack) -> Response:
    if ack.state is not AckState.COMPLETED:
        raise error_of(ack)
    response = answer(ack.document() if ack.output is None else ack.output, Location=run_path(ack))
    if ack.version is not None:
        response.headers["etag"] = etag_of(ack.version)
    return response


def error_of(ack: Ack) -> CommandError:
    """Return the error that a terminal ack other than completed stands for."""
    body: dict[str, Any] = dict(ack.error or {})
    known = BY_CODE.get(str(body.pop("code", ack.state.value)), DeviceFailure)
    body.pop("title", None)
    detail = str(body.pop("detail", "") or f"the command ended {ack.state.value}")
    return known(detail, constraint=body.pop("constraint", None), property=body.pop("property", None), **body)
