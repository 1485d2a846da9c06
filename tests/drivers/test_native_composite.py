"""A composite appliance and its parts say how they belong together; the gateway keeps it, and believes nothing odd."""

from typing import Any

import orjson
import pytest

from firmware_sim.build import make_appliance
from firmware_sim.thing_description import composition
from gateway.drivers.native.appliance import described
from gateway.profile.library import Library
from gateway.profile.thing_description import thing_id
from gateway.thing.description import Link, Relation
from tests.profile.test_thing_description import PlainForms

LIBRARY = Library()
HOOD = {"rel": "collection", "href": thing_id("stove"), "instanceName": "hood", "type": "application/td+json"}


def described_with(links: Any) -> tuple[Link, ...]:
    td = make_appliance("range-hood", identifier="stove-hood").thing_description(PlainForms())
    return described(orjson.dumps(td | {"links": links}), "stove-hood", LIBRARY).description.links


def test_a_part_names_its_whole_by_the_id_the_gateway_describes_it_under() -> None:
    (link,) = described_with([composition("collection", "stove", "hood")])
    assert link == Link(relation=Relation.COLLECTION, thing=thing_id("stove"), name="hood")
    assert link.document() == composition("collection", "stove", "hood")


@pytest.mark.parametrize(
    "odd",
    [
        None,
        7,
        {"rel": "collection"},
        [7, None, []],
        [HOOD | {"rel": "author"}],
        [HOOD | {"rel": ["item"]}],
        [HOOD | {"href": "http://example.org/stove"}],
        [HOOD | {"instanceName": "a b\n"}],
        [HOOD | {"instanceName": None}],
    ],
)
def test_what_is_no_such_link_says_nothing(odd: Any) -> None:
    assert described_with(odd) == ()


def test_a_flood_of_links_is_cut_off() -> None:
    assert len(described_with([HOOD] * 400)) == 32
