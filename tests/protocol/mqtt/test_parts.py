"""Addresses, filters and packed properties, without a wire."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties as PahoProperties

from gateway.errors import ConfigurationInvalid
from gateway.protocol.mqtt import BrokerAddress, Message, Properties
from gateway.protocol.mqtt.matching import Matcher, check_filter
from gateway.protocol.mqtt.properties import packed, unpacked


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("mqtt://hub", BrokerAddress("hub", 1883)),
        ("mqtt://127.0.0.1:1884/", BrokerAddress("127.0.0.1", 1884)),
        ("mqtts://hub.local", BrokerAddress("hub.local", 8883, tls=True)),
        ("mqtt://anna:s%40fe@hub:1", BrokerAddress("hub", 1, "anna", "s@fe")),
        ("mqtt://[::1]:1883", BrokerAddress("::1", 1883)),
    ],
)
def test_an_address_is_read(url: str, address: BrokerAddress) -> None:
    assert BrokerAddress.parse(url) == address
    assert BrokerAddress.parse(address.url) == BrokerAddress(address.host, address.port, tls=address.tls)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hub:1883",
        "http://hub",
        "mqtt://",
        "mqtt://hub:x",
        "mqtt://hub:0",
        "mqtt://hub:70000",
        "mqtt://hub/topic",
        "mqtt://a:secret@hub/x",
    ],
)
def test_what_is_no_address_is_refused_without_showing_a_password(url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="write it as mqtt://") as caught:
        BrokerAddress.parse(url)
    assert "secret" not in str(caught.value)


def test_an_address_never_shows_its_password() -> None:
    address = BrokerAddress("hub", 1, "anna", "secret")
    assert "secret" not in f"{address} {address.url}"


levels = st.sampled_from(["a", "b", "", "$x"])
topics = st.lists(levels, min_size=1, max_size=4).map("/".join)
filters = st.builds(
    lambda parts, tail: "/".join([*parts, *tail]), st.lists(levels | st.just("+"), min_size=1, max_size=4), st.sampled_from([[], ["#"]])
).filter(bool) | st.just("#")


def matches(filter: str, topic: str) -> bool:
    """The rule of MQTT 4.7, level by level."""
    wanted, given_levels = filter.split("/"), topic.split("/")
    if given_levels[0].startswith("$") and wanted[0] in ("+", "#"):
        return False
    for position, level in enumerate(wanted):
        if level == "#":
            return True
        if position >= len(given_levels) or level not in ("+", given_levels[position]):
            return False
    return len(wanted) == len(given_levels)


class Ear:
    """A handler that is one of its kind."""

    def __call__(self, message: Message) -> None:
        """Hear it."""


@given(st.sets(filters, max_size=6), st.lists(topics, max_size=6), st.data())
def test_the_matcher_agrees_with_the_rule(added: set[str], asked: list[str], data: st.DataObject) -> None:
    matcher, ears = Matcher(), {name: Ear() for name in added}
    for name, ear in ears.items():
        check_filter(name)
        matcher.add(name, ear)
    removed = data.draw(st.sets(st.sampled_from(sorted(added)))) if added else set()
    for gone in (set[str](), removed):
        for name in gone:
            assert not matcher.remove(name, ears[name])
        for topic in asked * 2:
            expected = {name for name in added - gone if matches(name, topic)}
            assert {name for name, ear in ears.items() if ear in matcher.handlers(topic)} == expected
            assert len(matcher.handlers(topic)) == len(expected)


def test_a_matcher_from_which_all_is_removed_holds_nothing() -> None:
    matcher, first, second = Matcher(), Ear(), Ear()
    matcher.add("a/+/#", first)
    matcher.add("a/+/#", second)
    assert matcher.remove("a/+/#", first)
    assert not matcher.remove("a/+/#", None)
    assert not matcher.remove("a/b", None)
    assert not matcher._root.below


words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)


everything = st.builds(
    Properties,
    response_topic=st.none() | words,
    correlation=st.none() | st.binary(max_size=300),
    user=st.dictionaries(words, words, max_size=20),
    content_type=st.none() | words | st.just("application/json"),
    expiry=st.none() | st.integers(0, 2**32 - 1),
)


@given(everything)
def test_paho_reads_the_properties_we_pack(properties: Properties) -> None:
    received = PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    _, length = received.unpack(packed(properties))  # type: ignore[no-untyped-call]
    assert length == len(packed(properties))
    found = vars(received)
    assert properties == Properties(
        found.get("ResponseTopic"),
        found.get("CorrelationData"),
        dict(found.get("UserProperty", ())),
        found.get("ContentType"),
        found.get("MessageExpiryInterval"),
    )


@given(everything, st.binary(max_size=3), st.binary(max_size=3))
def test_we_read_the_properties_paho_packs(properties: Properties, before: bytes, after: bytes) -> None:
    sent = PahoProperties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
    for name, value in (
        ("ResponseTopic", properties.response_topic),
        ("CorrelationData", properties.correlation),
        ("ContentType", properties.content_type),
        ("MessageExpiryInterval", properties.expiry),
    ):
        if value is not None:
            setattr(sent, name, value)
    for pair in properties.user.items():
        sent.UserProperty = pair
    body = sent.pack()  # type: ignore[no-untyped-call]
    assert unpacked(before + body + after, len(before), len(before + body)) == (properties, len(before + body))


def test_no_properties_are_one_byte() -> None:
    assert packed(Properties()) == b"\0"
    assert unpacked(b"\0", 0, 1) == (Properties(), 1)
