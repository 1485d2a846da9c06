"""Path names both ways, and link-format documents."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadSyntax, Unknown
from gateway.protocol.resources import Link, Resource, Route, link_format, matching, parse_path, read_link_format

ROUTES = [
    (Route(Resource.CORE), "/.well-known/core"),
    (Route(Resource.WOT), "/.well-known/wot"),
    (Route(Resource.DEVICES), "/d"),
    (Route(Resource.DESCRIPTION, "ac-1"), "/d/ac-1/td"),
    (Route(Resource.STATE, "self"), "/d/self/s"),
    (Route(Resource.PROPERTY, "ac-1", "power"), "/d/ac-1/p/power"),
    (Route(Resource.ACTION, "ac-1", "selfClean"), "/d/ac-1/a/selfClean"),
    (Route(Resource.RUN, "ac-1", "42"), "/d/ac-1/run/42"),
    (Route(Resource.EVENT, "ac-1", "faultRaised"), "/d/ac-1/e/faultRaised"),
    (Route(Resource.ACK, "ac-1"), "/d/ac-1/ack"),
    (Route(Resource.LIFE, "ac-1"), "/d/ac-1/life"),
    (Route(Resource.FAULTS, "ac-1"), "/d/ac-1/faults"),
    (Route(Resource.CLAIMS, "ac-1"), "/d/ac-1/claims"),
    (Route(Resource.SCENES), "/scene"),
    (Route(Resource.SCENE, name="leaving"), "/scene/leaving"),
    (Route(Resource.SCENE_RUN, "leaving", "scene-1"), "/scene/leaving/run/scene-1"),
]


@pytest.mark.parametrize(("route", "text"), ROUTES)
def test_every_resource_of_the_profile_is_named_both_ways(route: Route, text: str) -> None:
    assert route.text == text
    assert parse_path(route.path) == route
    assert route.path == tuple(text.split("/")[1:])


def test_every_resource_has_its_test() -> None:
    assert {route.resource for route, _ in ROUTES} == set(Resource)


@pytest.mark.parametrize(
    "path",
    [
        (),
        ("",),
        ("x",),
        ("d", "", ""),
        ("d", "ac"),
        ("d", "ac", "p"),
        ("d", "ac", "s", "x"),
        ("d", "ac", "p", "a", "b"),
        ("d", "", "s"),
        ("d", "ac", "core"),
    ],
)
def test_other_paths_are_unknown(path: tuple[str, ...]) -> None:
    with pytest.raises(Unknown):
        parse_path(path)


def test_a_closing_slash_is_forgiven() -> None:
    assert parse_path(("d", "ac", "s", "")) == Route(Resource.STATE, "ac")


@given(st.lists(st.text(max_size=10), max_size=6))
def test_any_path_is_a_route_that_leads_back_or_unknown(path: list[str]) -> None:
    try:
        route = parse_path(tuple(path))
    except Unknown:
        return
    assert list(route.path) == path[: len(route.path)]


def test_a_document_reads_as_other_implementations_expect() -> None:
    document = link_format([Link("/d/ac-1/s", {"obs": True, "rt": "hl.state", "ct": "50 60"}), Link("/d", {"title": 'the "list", all;'})])
    assert document == b'</d/ac-1/s>;obs;rt="hl.state";ct="50 60",</d>;title="the \\"list\\", all;"'


names = st.from_regex(r"[a-z][a-z0-9.]{0,8}", fullmatch=True)
values = st.just(True) | st.text(st.characters(min_codepoint=32, exclude_categories=["Cs"]), max_size=12)


@given(
    st.lists(
        st.builds(Link, st.text(st.characters(exclude_categories=["Cs"]), max_size=12), st.dictionaries(names, values, max_size=4)),
        max_size=4,
    )
)
def test_what_is_written_is_read_back(links: list[Link]) -> None:
    assert read_link_format(link_format(links)) == links


@given(st.binary(max_size=80))
def test_any_document_is_links_or_bad_syntax(document: bytes) -> None:
    try:
        links = read_link_format(document)
    except BadSyntax:
        return
    assert all(isinstance(link, Link) for link in links)


def test_other_writers_unquoted_values_and_spaces_are_read() -> None:
    assert read_link_format(b"</a>; ct=50;if=sensor , </b>;obs") == [Link("/a", {"ct": "50", "if": "sensor"}), Link("/b", {"obs": True})]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ([], ["/s", "/td"]),
        ([("rt", "hl.state")], ["/s"]),
        ([("rt", "hl*")], ["/s"]),
        ([("ct", "60")], ["/s"]),
        ([("ct", "6")], []),
        ([("href", "/t*")], ["/td"]),
        ([("rt", "hl.state"), ("ct", "50")], ["/s"]),
        ([("none", "x")], []),
    ],
)
def test_a_query_picks_links(query: list[tuple[str, str]], found: list[str]) -> None:
    links = [Link("/s", {"rt": "hl.state", "ct": "50 60"}), Link("/td", {"rt": "wot.thing", "ct": "432"})]
    assert [link.target for link in matching(links, query)] == found
