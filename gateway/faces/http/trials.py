"""Conformance runs over HTTP: begun, followed, stopped, their reports and certificates downloaded: `/api/v1/conformance`."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from gateway.errors import BadSyntax, Unknown
from gateway.faces.http.answers import answer, body_of, mapping_in, object_of, shows
from gateway.faces.http.caller import Inside, Owner
from gateway.faces.http.file_name import attachment

router = APIRouter(prefix="/api/v1/conformance", tags=["conformance"])
TrialId = Annotated[str, InPath(max_length=128)]
Form = Literal["html", "junit", "jsonl", "zip"]
CertificateForm = Literal["cose", "jws", "png"]
_TYPES: Final = {
    "html": "text/html",
    "junit": "application/xml",
    "jsonl": "application/jsonl",
    "zip": "application/zip",
    "cose": "application/cose",
    "jws": "application/jose",
    "png": "image/png",
}
_MEMBERS: Final[dict[str, dict[str, Any]]] = {
    "device": {"type": "string", "maxLength": 128},
    "simulator": object_of(
        "kind",
        kind={"type": "string", "examples": ["light"]},
        wire={"type": "string", "enum": ["native", "native-coap", "native-mqtt"]},
        twin={"type": "string", "description": "A bad twin of the kind, to see what a failure looks like"},
    ),
    "tests": {"type": "string", "maxLength": 200},
    "budget": {"type": "number", "minimum": 10, "maximum": 1800},
    "language": {"type": "string", "enum": ["en", "zh-Hans"]},
}
_WISH = body_of(
    object_of(**_MEMBERS),
    {
        "a device of the home": {"device": "light-hall", "tests": "T,D", "budget": 60},
        "a simulated appliance": {"simulator": {"kind": "light", "wire": "native"}, "budget": 600},
        "one with a defect": {"simulator": {"kind": "light", "wire": "native-coap", "twin": "td-without-title"}, "tests": "T"},
    },
)
# The key of an example is a public one, as it is published with every certificate.
_SIGNED: Final = {"number": "ozp3w6l2ekz5l7rd", "key": "1WBbp3CqK0rtz9q1G3Yc3n8bOa7pQX2nXzq3qv3mC1k", "until": 1827532800}


@router.get("", summary="The last runs")
async def trials(house: Inside, _owner: Owner) -> Response:
    """Return the last runs, those before a restart of the hub too, the newest last, without what each of them said."""
    return answer([{name: value for name, value in trial.document().items() if name != "said"} for trial in house.trials.all()])


@router.get("/twins", summary="Which defects can be simulated")
async def twins(
    house: Inside,
    _owner: Owner,
    kind: Annotated[str, Query(max_length=64, examples=["light"])],
    wire: Annotated[str, Query(max_length=64, examples=["native"])] = "native",
) -> Response:
    """Return the bad twins of a kind over a wire, by name: what is wrong with each, and which requirements notice it."""
    return answer(await house.trials.offers(kind, wire))


@router.post("", summary="Judge a device, or a simulated appliance", status_code=202, openapi_extra=_WISH)
async def start(request: Request, house: Inside, owner: Owner) -> Response:
    """Begin a run of `hulian conformance` on a device of this home, or on an appliance simulated for it; one at a time."""
    wish = await mapping_in(request)
    if ("device" in wish) == ("simulator" in wish):
        raise BadSyntax("the body names either `device` or `simulator`")
    trial = await house.trials.start(wish)
    target = wish["device"] if "device" in wish else f"simulated {wish['simulator'].get('kind')}"
    await house.journal.record("conformance", actor=owner.name, target=str(target), source="http")
    return answer(trial.document(), 202, Location=f"/api/v1/conformance/{trial.id}")


@router.get("/{trial}", summary="How a run stands, verdict by verdict")
async def follow(house: Inside, _owner: Owner, trial: TrialId) -> Response:
    """Return a run: how many checks of how many are done, the one that is tried now, and each verdict so far."""
    return answer(house.trials.find(trial).document())


@router.delete("/{trial}", summary="Stop a run", status_code=204)
async def stop(house: Inside, _owner: Owner, trial: TrialId) -> Response:
    """End a run; what it changed is put back."""
    await house.trials.find(trial).stop()
    return Response(status_code=204)


@router.get("/{trial}/report.{form}", summary="Its report", response_class=Response)
async def report(house: Inside, _owner: Owner, trial: TrialId, form: Annotated[Form, InPath()]) -> Response:
    """Download the report: a page for people, JUnit for CI servers, JSON lines for programs, or the capsules of its failures."""
    return _file(house, trial, form, "there is no report of this run yet, or no failure")


@router.post("/{trial}/certificate", summary="Sign its certificate", responses=shows(_SIGNED))
async def sign(house: Inside, owner: Owner, trial: TrialId) -> Response:
    """Sign the certificate of a complete run without a failure with the key of this hub's desk, which is made the first time.

    It is self-declared: worth as much as whoever reads it trusts the key.
    """
    signed = await house.trials.find(trial).sign()
    await house.journal.record("certificate signed", actor=owner.name, target=trial, source="http")
    return answer(signed.document())


@router.get("/{trial}/certificate.{form}", summary="Its certificate", response_class=Response)
async def certificate(house: Inside, _owner: Owner, trial: TrialId, form: Annotated[CertificateForm, InPath()]) -> Response:
    """Download the certificate once it is signed: COSE, its twin as JWS, or the picture of its QR code."""
    return _file(house, trial, form, "the certificate of this run is not signed yet")


def _file(house: Any, trial: str, form: str, missing: str) -> Response:
    found = house.trials.find(trial)
    file = found.report(form)
    if file is None:
        raise Unknown(missing)
    headers = {"content-disposition": attachment(house.home, found.document(), file.name)}
    return FileResponse(file, media_type=_TYPES[form], headers=headers)
