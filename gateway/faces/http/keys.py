"""The keys of appliances over HTTP: which unit asks for what, and what it is given. No answer ever has a secret in it."""

from typing import Annotated, Final

from fastapi import APIRouter
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import answer, body_of, mapping_in, plain, shows
from gateway.faces.http.caller import Inside, Owner

router = APIRouter(prefix="/api/v1/credentials", tags=["arranging"])
Unit = Annotated[str, InPath(max_length=256, examples=["midea:151732605161920"])]
_UNIT: Final = {"unit": "midea:151732605161920", "has": ["key", "token"], "needs": ["key", "token"], "missing": [], "devices": ["ac-1"]}
_GIVEN: Final = {"driver": "midea", "key": "151732605161920", "registered": True, "problem": ""}
_SECRETS: Final = body_of(
    {"type": "object", "additionalProperties": {"type": "string", "writeOnly": True}}, {"what midea asks for": {"token": "…", "key": "…"}}
)


@router.get("", summary="Which unit asks for what", responses=shows({"units": [_UNIT], "asks": {}}))
async def credentials(house: Inside, _owner: Owner) -> Response:
    """Return the units that ask for a key or have one, by the names of the keys; never a value."""
    return answer(plain(await house.ask("credentials", {})))


@router.put("/{unit}", summary="Give a unit its keys", openapi_extra=_SECRETS, responses=shows(_GIVEN))
async def give(request: Request, house: Inside, owner: Owner, unit: Unit) -> Response:
    """Seal the keys of a unit in the vault; one that is in the home begins anew with them, one that comes later is let in with them."""
    driver, colon, key = unit.partition(":")
    if not colon or not driver or not key:
        raise BadSyntax("a unit is named by its wire and its key, as in midea:151732605161920")
    given = await house.ask("vault-import", {"driver": driver, "key": key, "credentials": await mapping_in(request)})
    await house.journal.record("credentials given", actor=owner.name, target=unit[:128], source="http")
    return answer(plain(given))
