import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.protocol.topics import CommandTopic, GatewayTopics, Topics, parse_command
from gateway.thing.command import Operation

GATEWAY = "gw01"
identifiers = st.from_regex(r"[a-z0-9-]{1,64}", fullmatch=True).filter(lambda text: text != "c")
names = st.from_regex(r"[A-Za-z][A-Za-z0-9_-]{0,63}", fullmatch=True)


@given(identifiers, identifiers, names)
def test_every_command_topic_comes_back_as_it_was_made(gateway: str, device: str, name: str) -> None:
    topics = Topics(gateway, device)
    assert parse_command(topics.property_set(name), gateway) == CommandTopic(device, Operation.WRITE_PROPERTY, name)
    assert parse_command(topics.s_set, gateway) == CommandTopic(device, Operation.WRITE_MULTIPLE)
    assert parse_command(topics.action(name), gateway) == CommandTopic(device, Operation.INVOKE_ACTION, name)
    assert parse_command(GatewayTopics(gateway).rpc(device), gateway) == CommandTopic(client=device)


@given(st.text() | st.lists(st.sampled_from(["c", "p", "s", "a", "set", "rpc", "+", "#", "", "$", "x", "Ä"])).map("/".join))
def test_any_tail_is_a_sound_command_or_none(tail: str) -> None:
    found = parse_command(f"hulian/1/{GATEWAY}/{tail}", GATEWAY)
    if found is None:
        return
    assert not set(found.device + found.name + (found.client or "")) & set("/+#$\0 ")
    topics = Topics(GATEWAY, found.device)
    made = {
        None: GatewayTopics(GATEWAY).rpc(found.client or ""),
        Operation.WRITE_PROPERTY: topics.property_set(found.name),
        Operation.WRITE_MULTIPLE: topics.s_set,
        Operation.INVOKE_ACTION: topics.action(found.name),
    }
    assert made[found.operation] == f"hulian/1/{GATEWAY}/{tail}"


@pytest.mark.parametrize(
    "topic",
    [
        "hulian/1/gw01/ac-1/p/power",
        "hulian/1/gw01/ac-1/s",
        "hulian/1/gw01/ac-1/p//set",
        "hulian/1/gw01//p/power/set",
        "hulian/1/gw01/+/p/power/set",
        "hulian/1/gw01/ac-1/p/#/set",
        "hulian/1/gw01/ac-1/p/1power/set",
        "hulian/1/gw01/ac-1/p/power/set/",
        "hulian/1/gw01/ac-1/p/power/set\n",
        "hulian/1/gw01/ac-1/a/go\n",
        "hulian/1/gw01/AC-1/s/set",
        "hulian/1/gw01/$/s/set",
        "hulian/1/gw01/c/s/set",
        "hulian/1/gw01/c/a/go",
        "hulian/1/gw01/c/Phone/rpc",
        "hulian/1/gw02/ac-1/s/set",
        "hulian/2/gw01/ac-1/s/set",
        f"hulian/1/gw01/{'a' * 65}/s/set",
        f"hulian/1/gw01/ac-1/a/{'a' * 65}",
    ],
)
def test_what_is_no_command_is_none(topic: str) -> None:
    assert parse_command(topic, GATEWAY) is None


def test_a_client_named_like_a_level_is_still_a_client() -> None:
    assert parse_command("hulian/1/gw01/c/a/rpc", GATEWAY) == CommandTopic(client="a")


def test_names_of_vendors_pass() -> None:
    assert parse_command("hulian/1/gw01/ac-1/p/x-midea-turbo/set", GATEWAY) == CommandTopic(
        "ac-1", Operation.WRITE_PROPERTY, "x-midea-turbo"
    )


def test_topics_are_those_of_the_profile() -> None:
    topics = Topics(GATEWAY, "ac-1")
    assert [topics.td, topics.avail, topics.s, topics.ack] == [f"hulian/1/gw01/ac-1/{tail}" for tail in ("td", "avail", "s", "ack")]
    assert topics.property("power") == "hulian/1/gw01/ac-1/p/power"
    assert topics.run("7") == "hulian/1/gw01/ac-1/run/7"
    assert topics.event("faultRaised") == "hulian/1/gw01/ac-1/e/faultRaised"
    gateway = GatewayTopics(GATEWAY)
    assert (gateway.avail, gateway.devices) == ("hulian/1/gw01/$/avail", "hulian/1/gw01/$/devices")
    assert gateway.answer("phone").startswith(f"{gateway.client_prefix('phone')}/")
    assert gateway.answer("phone") == "hulian/1/gw01/c/phone/ack"
