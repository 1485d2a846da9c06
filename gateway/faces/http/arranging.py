"""What an owner looks after: the inbox, the doctor, who may come in, the journal, a backup: `/api/v1/...`."""

from contextlib import AsyncExitStack
from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import answer, body_of, mapping_in, object_of, plain, shows
from gateway.faces.http.caller import Inside, Insider, Owner, Reader
from gateway.trust.client import Client
from gateway.trust.roles import TABLE, role_to_lower_to

router = APIRouter(prefix="/api/v1", tags=["arranging"])
MOST: Final = 5000
Unit = Annotated[str, InPath(max_length=256, examples=["midea:151732605161920"])]
ClientId = Annotated[str, InPath(max_length=128, examples=["phone-7f3k2m9q"])]


@router.get("/status", summary="How the hub itself is")
async def status(house: Inside, _insider: Insider) -> Response:
    """Return its addresses, its links, the sessions of its drivers, and what is missing."""
    return answer(plain(house.status()))


@router.get("/doctor", summary="What is wrong, and what helps")
async def doctor(house: Inside, _insider: Insider) -> Response:
    """Return what `hulian doctor` says: what was looked for where, what was found, and what to do."""
    return answer(plain(await house.ask("doctor", {})))


@router.get("/rooms", summary="The rooms, with who is in them")
async def rooms(house: Inside, _principal: Reader) -> Response:
    """Return the rooms of the home, in order, each with the ids of its devices; last the room "" of those in none."""
    found: dict[str, list[str]] = {}
    for entry in house.home.inventory():
        found.setdefault(entry["room"], []).append(entry["id"])
    return answer([{"room": room, "devices": found[room]} for room in sorted(found, key=lambda name: (name == "", name))])


@router.get("/inbox", summary="What was found and is not in the home yet")
async def inbox(house: Inside, _owner: Owner) -> Response:
    """Return every unit that was found: what it says of itself, what it asks for, what is missing."""
    return answer(plain(await house.ask("inbox", {})))


@router.post(
    "/inbox/look",
    summary="Look around now",
    status_code=204,
    openapi_extra=body_of(
        object_of(hosts={"type": "array", "items": object_of("host", host={"type": "string"}, driver={"type": "string"})}),
        {"everywhere": {}, "at an address no search reaches": {"hosts": [{"host": "192.168.1.40", "driver": "midea"}]}},
        required=False,
    ),
)
async def look(request: Request, house: Inside, _owner: Owner) -> Response:
    """Look for appliances now, and often for a while; at the addresses of `hosts` one by one, too."""
    wish = await mapping_in(request, empty=True)
    if not wish.keys() <= {"hosts"}:
        raise BadSyntax("the body has `hosts`, a list, and nothing else")
    await house.ask("look", wish)
    return Response(status_code=204)


@router.post(
    "/inbox/{unit}/accept",
    summary="Take a unit in",
    openapi_extra=body_of(
        object_of(answers={"type": "object"}), {"asked for nothing": {}, "a token": {"answers": {"token": "ffff"}}}, required=False
    ),
)
async def accept(request: Request, house: Inside, owner: Owner, unit: Unit) -> Response:
    """Take a unit into the home, with the answers to what it asks for."""
    body = await mapping_in(request, empty=True)
    if not body.keys() <= {"answers"}:
        raise BadSyntax("the body has `answers`, an object, and nothing else")
    taken = await house.ask("accept", {"unit": unit, "answers": body.get("answers")})
    await house.journal.record("accepted", actor=owner.name, target=unit[:128], source="http")
    return answer(plain(taken))


@router.post("/inbox/{unit}/ignore", summary="Ask about a unit no more", status_code=204)
async def ignore(house: Inside, owner: Owner, unit: Unit) -> Response:
    """Leave a unit out."""
    await house.ask("ignore", {"unit": unit})
    await house.journal.record("ignored", actor=owner.name, target=unit[:128], source="http")
    return Response(status_code=204)


@router.get("/roles", summary="What each role may do")
async def roles(_principal: Reader) -> Response:
    """Return the table of roles."""
    return answer({role.value: sorted(permission.value for permission in allowed) for role, allowed in TABLE.items()})


@router.get("/clients", summary="Who was let in")
async def clients(house: Inside, _owner: Owner) -> Response:
    """Return every client with its role, since when, by whom, and its logins."""
    return answer([_client(house, client) for client in house.access.clients.all()])


@router.delete("/clients/{client}", summary="Put a client out")
async def revoke(house: Inside, owner: Owner, client: ClientId) -> Response:
    """Put a client out for good: its keys open nothing any more, and its logins end."""
    register = house.access.clients
    revoked = await register.put_out(register.find(client).id)
    await house.journal.record("revoked", actor=owner.name, target=revoked.id, source="http")
    return answer(_client(house, revoked))


@router.patch(
    "/clients/{client}",
    summary="Lower a client's role",
    openapi_extra=body_of(object_of("role", role={"type": "string", "enum": ["user", "viewer"]}), {"a guest": {"role": "viewer"}}),
)
async def lower(request: Request, house: Inside, owner: Owner, client: ClientId) -> Response:
    """Give a client a role that may less, from owner to user to viewer; its open connections have it at once. The only owner stays one."""
    wish = await mapping_in(request)
    role = role_to_lower_to(wish.pop("role", None))
    if wish:
        raise BadSyntax("the body has `role` and nothing else")
    register = house.access.clients
    lowered = await register.lower(register.find(client).id, role)
    await house.journal.record("lowered", actor=owner.name, target=lowered.id, source="http", role=role.value)
    return answer(_client(house, lowered))


@router.get("/journal", summary="What happened at the door")
async def journal(house: Inside, _owner: Owner, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> Response:
    """Return the newest entries, oldest first."""
    return answer([plain(asdict(entry)) for entry in await house.journal.newest(limit)])


@router.get(
    "/backup",
    summary="Everything in one file",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def backup(house: Inside, owner: Owner) -> Response:
    """Return a backup as `hulian backup` makes it. Its secrets open with this hub's own vault.key only, which is not in it."""
    async with AsyncExitStack() as stack:
        file = await stack.enter_async_context(house.backup())
        await house.journal.record("backup", actor=owner.name, source="http")
        name = f"{house.home.identifier}.hulian"
        closing = BackgroundTask(stack.pop_all().aclose)
        return FileResponse(file, media_type="application/octet-stream", filename=name, background=closing)


@router.get("/support", summary="What a helper needs", responses=shows({"hub": {"version": "0.4.0"}, "appliances": [{"kind": "light"}]}))
async def support(house: Inside, owner: Owner) -> Response:
    """Return how the hub and its appliances are, without a name, an address, an id or a secret."""
    await house.journal.record("support", actor=owner.name, source="http")
    return answer(plain(house.support()))


def _client(house: Any, client: Client) -> dict[str, Any]:
    now = house.clock.now()
    state = "valid" if client.valid(now) else "revoked" if client.revoked is not None else "expired"
    facts = {name: value for name, value in asdict(client).items() if name not in ("serial", "key")}
    return facts | {"role": client.role.value, "roots": list(client.roots), "state": state, "logins": len(house.logins.of(client.id))}
