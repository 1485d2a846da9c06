"""Bodies in and out: JSON read as strictly as on every other wire, JSON written, and how the description of the API tells of both."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeAlias

from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import Response

from gateway.errors import BadFormat, BadSyntax, TooLarge
from gateway.protocol.payload import LIMIT, json_bytes, json_value
from gateway.thing.command import Version
from gateway.thing.value import Value

JSON: Final = "application/json"
YAML: Final = ("application/yaml", "application/x-yaml", "text/yaml", "text/plain")
PATCH: Final = "application/merge-patch+json"
PROBLEM_SCHEMA: Final = {
    "type": "object",
    "required": ["type", "status", "code", "title", "detail", "todo"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:hulian:error:schema"]},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "The code of the profile's error table, the same on every wire"},
        "title": {"type": "string"},
        "detail": {"type": "string", "description": "What was wrong, in words"},
        "todo": {"type": "string", "description": "What helps"},
        "property": {"type": "string"},
        "constraint": {"type": "string"},
        "confirm": {"type": "string", "description": "A token: send it back as the parameter `confirm` once a person has confirmed"},
    },
}
PROBLEM_NAME: Final = "Problem"
_REFERENCE: Final = {"$ref": f"#/components/schemas/{PROBLEM_NAME}"}
"""Every refusal of every route has the same shape, which stands once in the description."""
_WHEN: Final = {
    400: "The request cannot be read",
    401: "Log in first, or again",
    403: "The role does not allow it, or nobody may do it from afar",
    404: "There is no such thing",
    405: "It cannot be written, or not in this way",
    409: "Not possible in the present state; or a person must confirm",
    412: "The state has moved on since the ETag",
    413: "Too large",
    415: "Send application/json",
    422: "A value outside the profile",
    429: "Too many requests",
    501: "Not possible as this hub is installed",
    502: "The appliance refused",
    503: "The appliance, or the hub, is not reachable",
    504: "The appliance did not answer",
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    status: {"description": told, "content": {"application/problem+json": {"schema": _REFERENCE}}} for status, told in _WHEN.items()
}

DeviceId: TypeAlias = Annotated[str, InPath(description="A device's id", max_length=128, examples=["ac-7f3k2m9q"])]
Name: TypeAlias = Annotated[str, InPath(description="Its name in the Thing Description", max_length=128, examples=["power"])]


def answer(value: Value, status: int = 200, **headers: str) -> Response:
    """Return a value as JSON."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Response(json_bytes(value), status, media_type=JSON, headers=named)


def plain(value: Any) -> Any:
    """Return what a call answered as JSON data: every key a text, tuples become lists."""
    if isinstance(value, Mapping):
        return {str(name): plain(member) for name, member in value.items()}
    return [plain(member) for member in value] if isinstance(value, list | tuple) else value


def etag_of(version: Version) -> str:
    """Return the state of a device as an ETag."""
    return f'"{version.boot}-{version.seq}"'


async def value_in(request: Request, *formats: str, empty: bool = False) -> Value:
    """Return the body's value; raise BadSyntax, BadFormat or TooLarge. `empty`: no body is None."""
    body = await request.body()
    if not body and empty:
        return None
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said not in (JSON, *formats):
        raise BadFormat(f"{said[:80] or 'a body without a content type'} is not read here: send {JSON}")
    return json_value(body, limit=LIMIT)


async def mapping_in(request: Request, *, empty: bool = False) -> dict[str, Any]:
    """Return the body's object; raise BadSyntax when it is something else."""
    value = await value_in(request, PATCH, empty=empty)
    if value is None and empty:
        return {}
    if not isinstance(value, dict):
        raise BadSyntax("the body is a JSON object")
    return value


async def text_in(request: Request, what: str, formats: tuple[str, ...], most: int) -> str:
    """Return the body as a text; `what`: what it is called, as `a scene`. Raise BadFormat, TooLarge, BadSyntax."""
    said = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if said not in formats:
        raise BadFormat(f"{what} is sent as {' or '.join(formats)}")
    body = await request.body()
    if len(body) > most:
        raise TooLarge(f"{what} has at most {most} bytes")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadSyntax(f"{what} is a text in UTF-8") from error


def body_of(schema: dict[str, Any] | None = None, examples: dict[str, Any] | None = None, *, required: bool = True) -> dict[str, Any]:
    """Return what the description says of a body that the route reads itself."""
    shown = {"schema": schema or {}} | ({"examples": {name: {"value": value} for name, value in examples.items()}} if examples else {})
    return {"requestBody": {"required": required, "content": {JSON: shown}}}


def object_of(*required: str, **members: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of an object."""
    return {"type": "object", "properties": members} | ({"required": [*required]} if required else {})


TEXT: Final = {"type": "string", "maxLength": 64}
EXAMPLE_STATE: Final = {"power": True, "targetTemperature": 24}


def shows(example: Any, media_type: str = JSON, *, also: int | None = None) -> dict[int | str, dict[str, Any]]:
    """Return what the description says of a good answer, by an example; `also`: another status with an acknowledgement."""
    told: dict[int | str, dict[str, Any]] = {200: {"description": "Done", "content": {media_type: {"schema": {}, "example": example}}}}
    if also is not None:
        ack = {"id": "h-1f2e3d4c5b6a", "op": "writeproperty", "name": "power", "state": "accepted", "ts": "2026-11-30T07:16:00.287Z"}
        told[also] = {"description": "It goes on: Location says where", "content": {media_type: {"schema": {}, "example": ack}}}
    return told
