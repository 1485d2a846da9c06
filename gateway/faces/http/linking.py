"""What hangs on what, over HTTP: a plug feeds an appliance, a remote controls it, a charger charges it: `/api/v1/links`."""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadSyntax
from gateway.faces.http.answers import TEXT, answer, body_of, mapping_in, object_of, plain, shows
from gateway.faces.http.caller import Inside, Owner, Reader
from gateway.faces.http.house import House
from gateway.home.links.relation import RELATIONS, Tie
from gateway.home.registry import checked_name

router = APIRouter(prefix="/api/v1/links", tags=["arranging"])
_LINK: Final = {"device": "plug-kitchen", "relation": "feeds", "other": "kettle-1", "told": False}
_WISH: Final = body_of(
    object_of(
        "device",
        "relation",
        "other",
        device=TEXT | {"maxLength": 128},
        relation={"type": "string", "enum": [*RELATIONS]},
        other=TEXT | {"maxLength": 128},
        kind=TEXT,
        confirmed={"type": "boolean"},
    ),
    {
        "both are here": {"device": "plug-kitchen", "relation": "feeds", "other": "kettle-1"},
        "what hangs there is known by its power alone": {
            "device": "plug-kitchen",
            "relation": "feeds",
            "other": "Washing machine",
            "kind": "washing-machine",
        },
    },
)


@router.get("", summary="What hangs on what", responses=shows([_LINK]))
async def links(house: Inside, _principal: Reader, device: Annotated[str | None, Query(max_length=128)] = None) -> Response:
    """Return every link, or those of one device."""
    return answer(plain(await house.ask("links", {"device": device})))


@router.post("", summary="Say that one feeds, controls or charges another", openapi_extra=_WISH, responses=shows(_LINK))
async def link(request: Request, house: Inside, owner: Owner) -> Response:
    """Make a link; with `kind`, what hangs there is made as an appliance called `other`, known by the power of its plug alone.

    What is dangerous to leave without power wants `confirmed`, once a person has.
    """
    wish = await mapping_in(request)
    if not {"device", "relation", "other"} <= wish.keys() <= {"device", "relation", "other", "kind", "confirmed"}:
        raise BadSyntax("the body has `device`, `relation` and `other`, perhaps `kind` and `confirmed`, and nothing else")
    device, relation, other = (_text(wish, name) for name in ("device", "relation", "other"))
    confirmed = wish.get("confirmed") is True
    if "kind" in wish:
        if relation != "feeds":
            raise BadSyntax("`kind` goes with the relation feeds")
        tie = await house.home.links.make(device, _text(wish, "kind"), checked_name(other), owner, confirmed=confirmed)
    else:
        tie = await house.home.links.link(device, relation, other, owner, confirmed=confirmed)
    await house.journal.record("linked", actor=owner.name, target=device, source="http", other=tie.target)
    return answer(await _shown(house, tie))


@router.delete("", summary="Undo a link", responses=shows([_LINK]))
async def unlink(
    house: Inside,
    owner: Owner,
    device: Annotated[str, Query(max_length=128, examples=["plug-kitchen"])],
    relation: Annotated[str, Query(max_length=16, examples=["feeds"])],
    other: Annotated[str | None, Query(max_length=128, description="Only to this one")] = None,
    confirmed: Annotated[bool, Query(description="A person has confirmed it")] = False,
) -> Response:
    """Undo the links of a device, to one other or to all; return those that are gone."""
    gone = await house.home.links.unlink(device, relation, other, owner, confirmed=confirmed)
    await house.journal.record("unlinked", actor=owner.name, target=device, source="http")
    return answer([{"device": tie.source, "relation": tie.relation.word, "other": tie.target} for tie in gone])


async def _shown(house: House, tie: Tie) -> dict[str, Any]:
    """Return a link as the list has it."""
    listed = await house.ask("links", {"device": tie.source})
    mine = (each for each in listed if (each["device"], each["relation"], each["other"]) == (tie.source, tie.relation.word, tie.target))
    return next((plain(each) for each in mine), {"device": tie.source, "relation": tie.relation.word, "other": tie.target})


def _text(wish: dict[str, Any], name: str) -> str:
    value = wish[name]
    if not isinstance(value, str) or not value:
        raise BadSyntax(f"`{name}` is a text")
    return value
