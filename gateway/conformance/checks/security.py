"""X3, X4, X5 and what of X1 shows without keys: danger, secrets, and what a description says it is of."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from hypothesis import strategies as st

from gateway.conformance.bench import Bench
from gateway.conformance.canaries import Canaries, where_kept
from gateway.conformance.check import check
from gateway.conformance.deeds import changed
from gateway.conformance.failure import Failure, NotAsked, Silence, TurnedAway, Untried
from gateway.conformance.laboratory import returned
from gateway.conformance.line import Answer, Request, Transport
from gateway.conformance.lines.mqtt import MqttLine
from gateway.conformance.schema_verdict import ASKS, ONLY_ON_SITE
from gateway.conformance.thing import Thing
from gateway.profile.strategies.values import values

LIFETIME: Final = 60.0
"""Seconds a token is good for."""
FEW: Final = 4
MODEL: Final = "urn:hulian:tm:"


def dangerous(thing: Thing, level: int) -> list[tuple[str, str]]:
    """Return what has this danger: `("writeproperty", name)` or `("invokeaction", name)`."""
    writes = [("writeproperty", name) for name, body in thing.properties.items() if not body.get("readOnly")]
    actions = [("invokeaction", name) for name in thing.actions]
    return [(operation, name) for operation, name in writes + actions if thing.danger(name) == level]


def _asks_a_person(thing: Thing) -> str:
    return "" if dangerous(thing, ASKS) else "nothing it does has to be confirmed (danger 2)"


def _input(thing: Thing, operation: str, name: str) -> st.SearchStrategy[Any]:
    body = thing.properties[name] if operation == "writeproperty" else thing.actions[name].get("input")
    return values(dict(body)) if isinstance(body, Mapping) else st.none()


def _requests(thing: Thing, level: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return requests for what has this danger, as plain JSON."""
    return st.sampled_from(dangerous(thing, level)).flatmap(
        lambda each: st.fixed_dictionaries({"op": st.just(each[0]), "name": st.just(each[1]), "in": _input(thing, *each)})
    )


def _request(bench: Bench, drawn: Mapping[str, Any], confirm: str | None = None) -> Request:
    named = bench.new_id("x3")
    return Request(operation=drawn["op"], name=drawn["name"], input=drawn["in"], id=named, confirm=confirm)


async def _refused(bench: Bench, request: Request, why: str) -> Answer:
    """Ask, and raise Failure unless it is refused and nothing that can be written has moved."""
    before = await returned(bench, bench.line)
    answer = await bench.line.ask(request)
    if answer.state in ("completed", "accepted", "running") or (answer.refused and answer.last.get("state") == "completed"):
        raise Failure(f"{why} is refused", sent=_told(request), came=answer.last)
    moved = changed(before, await returned(bench, bench.line), [*bench.thing.writable, *([request.name] if request.name in before else [])])
    if moved:
        raise Failure(f"{why} changes nothing", sent=_told(request), came=sorted(moved))
    return answer


def _told(request: Request) -> dict[str, Any]:
    return {"op": request.operation, "name": request.name, "in": request.input, "confirm": request.confirm}


async def _token(bench: Bench, drawn: Mapping[str, Any]) -> str:
    """Ask without a token; return the one that is offered, "" where the request is refused for another reason."""
    answer = await _refused(bench, _request(bench, drawn), "a request of danger 2 without a token")
    if answer.refused != "needs-confirm":
        return ""
    token = answer.error.get("confirm")
    if not isinstance(token, str) or not token:
        raise Failure("`needs-confirm` with a token in `confirm`", sent=drawn, came=answer.last)
    return token


async def _asks(bench: Bench, drawn: Mapping[str, Any], token: str, why: str) -> None:
    answer = await _refused(bench, _request(bench, drawn, token), why)
    if answer.refused != "needs-confirm":
        raise Failure(f"{why} is refused with `needs-confirm`", sent={**drawn, "confirm": token}, came=answer.last)


@check("X3", "token", each=True, applies=_asks_a_person, seconds=0.6)
async def danger_is_confirmed_by_its_own_fresh_token_once(bench: Bench) -> None:
    """What has danger 2 is done with its own token, once, and with no other word.

    Judged, for drawn requests: without a token, with a made-up one, with one given for another request, and with a used one it is refused
    with `needs-confirm` and changes nothing; with its own token it is not asked for another. One that the device refuses for a reason of
    its own (its state, a wrong code) is not counted.
    """
    counted = 0

    async def holds(drawn: Mapping[str, Any]) -> None:
        nonlocal counted
        if not await _token(bench, drawn):
            return
        await _asks(bench, drawn, "made-up-by-the-judge", "a request with a made-up token")
        await _not_for_another(bench, drawn)
        token = await _token(bench, drawn)
        answer = await bench.line.ask(_request(bench, drawn, token))
        if answer.refused == "needs-confirm":
            raise Failure("a request with its own fresh token is not asked for another", sent=drawn, came=answer.last)
        if answer.state == "completed":
            counted += 1
            await _asks(bench, drawn, token, "a request with a used token")

    await bench.for_all(_requests(bench.thing, ASKS), holds, most=min(bench.examples, FEW))
    if not counted and bench.steps is None:
        raise Untried("nothing of danger 2 could be done as things stand, so no token was used")


async def _not_for_another(bench: Bench, drawn: Mapping[str, Any]) -> None:
    """Use its token for the same with another input."""
    other = _other_input(bench.thing, drawn)
    if other is None or not (token := await _token(bench, drawn)):
        return
    answer = await _refused(bench, _request(bench, {**drawn, "in": other}, token), "a request with the token of another")
    if answer.refused not in ("needs-confirm", "state-conflict", "schema"):
        raise Failure("a token is good for its own request only", sent={**drawn, "in": other}, came=answer.last)


def _other_input(thing: Thing, drawn: Mapping[str, Any]) -> Any:
    """Return another input of the same request, None where there is none."""
    if drawn["op"] != "writeproperty":
        return None
    body = thing.properties[drawn["name"]]
    choices = [body[term] for term in ("minimum", "maximum") if term in body] + list(body.get("enum", ()))
    choices += [True, False] if body.get("type") == "boolean" else []
    return next((each for each in choices if each != drawn["in"]), None)


@check("X3", "old", applies=_asks_a_person, seconds=0.4)
async def an_old_token_confirms_nothing(bench: Bench) -> None:
    """A token that was given out more than 60 s ago confirms nothing.

    Judged: a token, 61 s of the device's time, and the request it was for.
    """

    async def holds(drawn: Mapping[str, Any]) -> None:
        if token := await _token(bench, drawn):
            await bench.pass_time(LIFETIME + 1)
            await _asks(bench, drawn, token, "a request with a token older than a minute")

    await bench.for_all(_requests(bench.thing, ASKS), holds, most=2)


def _is_kept_on_site(thing: Thing) -> str:
    return "" if dangerous(thing, ONLY_ON_SITE) else "nothing it does is kept for the appliance itself (danger 3)"


@check("X3", "onsite", each=True, applies=_is_kept_on_site, seconds=0.4)
async def what_is_done_at_the_appliance_only_is_never_done_from_afar(bench: Bench) -> None:
    """What has danger 3 is refused from afar, whatever comes with it.

    Judged, for drawn requests: without a token, with a made-up one, and with one the device itself offers.
    """

    async def holds(drawn: Mapping[str, Any]) -> None:
        first = await _refused(bench, _request(bench, drawn), "a request of danger 3")
        for token in ("made-up-by-the-judge", first.error.get("confirm")):
            if isinstance(token, str):
                await _refused(bench, _request(bench, drawn, token), "a request of danger 3 with a token")

    await bench.for_all(_requests(bench.thing, ONLY_ON_SITE), holds, most=min(bench.examples, FEW))


def _has_bare_limits(thing: Thing) -> str:
    found = dangerous(thing, ASKS) + dangerous(thing, ONLY_ON_SITE) or _private(thing)
    return "" if found else "it has nothing that a bare topic may not do"


def _private(thing: Thing) -> list[str]:
    return [name for name, body in thing.properties.items() if body.get("hl:private")]


@check("X1", "bare", on=Transport.MQTT, applies=_has_bare_limits, seconds=0.5)
async def a_bare_topic_acts_as_a_user_and_no_more(bench: Bench) -> None:
    """Bare topics act with the role user and danger 1 at most: no private value is written there, nothing dangerous done, no token offered.

    Judged on `p/{name}/set` and `a/{name}`: each is refused by the broker, or on `ack` without a token, or not heard at all, and changes
    nothing. What other roles may do is judged where the judge was let in as one of them (`--credentials`).
    """
    if not isinstance(bench.line, MqttLine):
        raise NotAsked("it is reached otherwise than by MQTT")
    asked = dangerous(bench.thing, ASKS) + dangerous(bench.thing, ONLY_ON_SITE)
    drawn = {"op": "writeproperty"}
    cases = [{"op": operation, "name": name, "in": _plain(bench.thing, operation, name)} for operation, name in asked]
    cases += [{**drawn, "name": name, "in": {}} for name in _private(bench.thing)]
    for case in cases:
        before = await returned(bench, bench.line)
        request = replace(_request(bench, case), bare=True, id="")
        with suppress(Silence, TurnedAway):
            answer = await bench.line.ask(request, patience=1.0)
            if answer.state == "completed":
                raise Failure("it is refused on a bare topic", sent=case, came=answer.last)
            if "confirm" in answer.error:
                raise Failure("no token is offered on a bare topic", sent=case, came=answer.last)
        if moved := changed(before, await returned(bench, bench.line), [*bench.thing.writable, case["name"]]):
            raise Failure("nothing changes by what a bare topic may not do", sent=case, came=sorted(moved))


def _plain(thing: Thing, operation: str, name: str) -> Any:
    body = thing.properties[name] if operation == "writeproperty" else thing.actions[name].get("input", {})
    match body.get("type"):
        case "boolean":
            return True
        case "integer" | "number":
            return body.get("minimum", 0)
        case "string":
            return next(iter(body.get("enum", ("",))))
        case "object":
            return {each: _plain_of(body.get("properties", {}).get(each, {})) for each in body.get("required", ())}
    return None


def _plain_of(body: Mapping[str, Any]) -> Any:
    return {"boolean": True, "integer": body.get("minimum", 0), "number": body.get("minimum", 0)}.get(
        str(body.get("type")), next(iter(body.get("enum", ("x" * max(1, body.get("minLength", 1)),))))
    )


@check("X4", "private", each=True, seconds=0.3)
async def private_values_are_in_nothing_that_is_public(bench: Bench) -> None:
    """What is private is in no state, on no topic that is kept, and observed by nobody.

    Judged: no property with `hl:private` is a member of `s`, a kept `p/{name}`, or an observable resource.
    """
    private = set(_private(bench.thing)) | {name for name, body in _of_model(bench.thing) if body.get("hl:private")}
    if shown := sorted(private & (await bench.line.state()).keys()):
        raise Failure("no private property is in the state", came=shown)
    if isinstance(bench.line, MqttLine):
        async with bench.line.hearing("p") as hearing:
            kept = sorted({heard.name for heard in hearing.items if heard.payload} & private)
        if kept:
            raise Failure("no private property has a topic of its own", came=[f"p/{name}" for name in kept])


def _of_model(thing: Thing) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield what the kind has, which the description may have left out or turned round."""
    found = thing.model.get("properties", {})
    yield from found.items() if isinstance(found, Mapping) else ()


@check("X4", "canaries", each=True, seconds=0.5)
async def no_secret_is_published(bench: Bench) -> None:
    """No serial number, hash of one, claim, token or key is in anything that strangers can read.

    Judged: what the device itself tells in private, what its laboratory names (`truth`: `canaries`), a token it has just given out, and
    what the run was given to look for is in no kept message, description, list of resources or announcement of availability. Logs of the
    device cannot be seen from outside.
    """
    canaries = await Canaries.gathered(bench)
    for operation, name in dangerous(bench.thing, ASKS)[:2]:
        answer = await bench.line.ask(_request(bench, {"op": operation, "name": name, "in": _plain(bench.thing, operation, name)}))
        canaries.add("a token", answer.error.get("confirm"))
    if not canaries.words:
        raise Untried("it tells no private value, and nobody named a secret to look for")
    for where, body in await where_kept(bench):
        if (found := canaries.in_(body)) is not None:
            raise Failure(f"{found} is not published", came={"where": where})


@check("X5", seconds=0.1)
async def the_description_names_its_model_by_its_hash(bench: Bench) -> None:
    """Its `type` link names the published model of its kind, and the hash is that model's to the last bit.

    Judged: `hl:hash` of the link is the SHA-256 of the flat model this judge read. Whether a changed model or description is refused is the
    reader's to show, which is the gateway (its own tests of X5).
    """
    links = bench.thing.td.get("links", ())
    found = [link for link in links if isinstance(link, Mapping) and link.get("rel") == "type" and str(link.get("href")).startswith(MODEL)]
    if not found:
        raise Failure("a link with rel `type` to the model of its kind", came=links)
    kind, _, version = str(found[0]["href"]).removeprefix(MODEL).partition(":")
    if not bench.thing.model:
        raise Failure("a published kind and major version", came=found[0])
    published = bench.thing.library.model(bench.thing.kind, bench.thing.major)
    if kind != bench.thing.kind:
        raise Failure(f"a link to the model of {bench.thing.kind}", came=found[0])
    if version != published.version:
        raise Untried(f"it keeps {kind} {version}, and this judge knows {published.version}")
    said = bench.thing.td.get("version")
    if isinstance(said, Mapping) and said.get("model", version) != version:
        raise Failure(f"one version of the model it is of: {version}", came={"version": said, "link": found[0]})
    if found[0].get("hl:hash") != published.hash:
        raise Failure(f"the hash of {kind} {version}: {published.hash}", came=found[0].get("hl:hash"))
