"""The table and the program name the same routes: whoever adds a way in says in the table who may use it, or the build fails."""

from pkgutil import iter_modules

import pytest

from gateway import faces
from tests.routes import found
from tests.routes.table import IDENTITIES, PLACES, STATES, table

FOUND = {"coap", "control", "http", "mqtt"}
"""Faces with ways in; Home Assistant's speaks on the topics of MQTT, the pages stand on the door of HTTP."""
ELSEWHERE = {
    "everything",
    "own root",
    "another's root",
    "another hub",
    "homeassistant config",
    "homeassistant status",
    "anything else",
    "broker control",
    "broker state",
}
"""What MQTT has besides the topics of the hub."""


def test_every_coap_route_is_in_the_table_and_every_line_is_a_route() -> None:
    assert table().routes("coap") - {"otherwise", "nowhere"} == found.coap_routes()


def test_every_control_call_is_in_the_table_and_every_line_is_a_call() -> None:
    assert table().routes("control") == found.control_calls()


def test_every_http_route_is_in_the_table_and_every_line_is_a_route() -> None:
    assert table().routes("http") == found.http_routes()


def test_every_kind_of_topic_is_in_the_table_and_every_line_is_one_or_lies_outside_the_hub() -> None:
    of_the_hub = {name for name in table().routes("mqtt") if name.partition(" ")[2] not in ELSEWHERE}
    assert of_the_hub == {f"{verb} {kind}" for verb in ("SAY", "HEAR") for kind in found.topic_kinds()} - {"SAY gateway command_filters"}


def test_only_what_is_said_to_be_public_answers_strangers() -> None:
    public = {line.name for line in table().lines["coap"].values() if "public" in line.words}
    assert public == found.public_routes()


def test_every_face_of_the_gateway_is_one_whose_routes_are_found() -> None:
    rooms = {each.name for each in iter_modules(faces.__path__) if each.ispkg}
    assert rooms == FOUND | {"homeassistant", "web"}, "a new face: find its routes in found.py, and give them lines"


def test_every_identity_has_a_verdict_in_every_state_and_place_on_every_line() -> None:
    the = table()
    cells = [
        the.expected(line, identity, state, place)
        for face in ("coap", "mqtt")
        for line in the.lines.get(face, {}).values()
        for identity in IDENTITIES
        for state in STATES
        for place in PLACES
    ]
    assert all(cells)
    assert len(cells) % (len(IDENTITIES) * len(STATES) * len(PLACES)) == 0


@pytest.mark.parametrize("face", ["coap", "http", "mqtt"])
def test_whoever_was_put_out_is_treated_as_nobody_or_worse(face: str) -> None:
    for line in table().lines[face].values():
        nobody, revoked = line.words[0], line.words[-1]
        assert revoked in {nobody, "4.01", "401", "shut"}, line.title
