from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import LinkDown
from gateway.protocol.mqtt import outbox
from gateway.protocol.mqtt.message import NO_PROPERTIES
from gateway.protocol.mqtt.outbox import Outbox, Outgoing


class Sent:
    """A wire that numbers what it is given."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, bytes]] = []

    def __call__(self, topic: str, payload: bytes, *_: object) -> int:
        self.messages.append((topic, payload))
        return len(self.messages)


def outgoing(topic: str, number: int, *, retain: bool = False, keep: bool = False) -> Outgoing:
    return Outgoing(topic, b"%d" % number, 1, retain, NO_PROPERTIES, None, keep=keep)


def drain(box: Outbox, sent: Sent) -> None:
    confirmed = 0
    while confirmed < len(sent.messages):
        confirmed += 1
        box.confirmed(confirmed, 0)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Callable[[], tuple[Outbox, Sent]]:
    def make() -> tuple[Outbox, Sent]:
        monkeypatch.setattr(outbox, "CROWDED", 3)
        monkeypatch.setattr(outbox, "FULL", 6)
        box, sent = Outbox(), Sent()
        box.opened(sent, window=2)
        return box, sent

    return make


def test_a_short_queue_merges_nothing(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    box, sent = small()
    for number in range(4):
        box.put(outgoing("s", number, retain=True))
    drain(box, sent)
    assert sent.messages == [("s", b"%d" % number) for number in range(4)]


def test_a_long_queue_keeps_a_retained_topic_in_its_place_with_the_newest_value(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    box, sent = small()
    for number, topic in enumerate(("x", "x", "p", "s", "e")):
        box.put(outgoing(topic, number, retain=topic != "e"))
    for number in range(5, 9):
        box.put(outgoing("s", number, retain=True))
    drain(box, sent)
    assert sent.messages[2:] == [("p", b"2"), ("s", b"8"), ("e", b"4")]
    assert box.discarded == 0


def test_a_full_queue_counts_what_does_not_fit(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    box, sent = small()
    assert [box.put(outgoing("e", number)) for number in range(10)] == [True] * 8 + [False] * 2
    drain(box, sent)
    assert box.discarded == 2
    assert len(sent.messages) == 8


def test_closed_counts_what_was_not_confirmed(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    box, sent = small()
    for number in range(4):
        box.put(outgoing("e", number))
    box.confirmed(1, 0)
    box.closed("down")
    assert box.discarded == 3
    assert not box.put(outgoing("e", 5))
    box.opened(sent, window=2)
    assert box.put(outgoing("e", 6))
    assert sent.messages[-1] == ("e", b"6")


def test_what_is_to_be_kept_is_sent_again_over_the_next_link_unless_it_was_confirmed(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    box, sent = small()
    for number in range(5):
        box.put(outgoing("a", number, keep=number != 1))
    box.confirmed(1, 0)
    box.closed("down")
    box.put(outgoing("a", 5, keep=True))
    again = Sent()
    box.opened(again, window=10)
    assert [payload for _, payload in sent.messages] == [b"0", b"1", b"2"]
    assert [payload for _, payload in again.messages] == [b"2", b"3", b"4", b"5"]
    assert box.discarded == 1


def test_of_what_is_to_be_kept_the_oldest_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox, "KEPT", 3)
    box, sent = Outbox(), Sent()
    for number in range(5):
        assert not box.put(outgoing("a", number, keep=True))
    box.opened(sent, window=10)
    assert [payload for _, payload in sent.messages] == [b"2", b"3", b"4"]
    assert box.discarded == 2


def test_a_wire_that_is_gone_loses_no_more_than_the_message(small: Callable[[], tuple[Outbox, Sent]]) -> None:
    def gone(*_: object) -> int:
        raise LinkDown("gone")

    box, _ = small()
    box.opened(gone, window=2)
    box.put(outgoing("e", 1))
    assert box.discarded == 1


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.booleans(), st.integers(0, 3))))
def test_each_topic_ends_with_its_last_value_and_never_goes_back(plan: list[tuple[str, bool, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbox, "CROWDED", 4)
        box, sent = Outbox(), Sent()
        box.opened(sent, window=2)
        confirmed = 0
        last: dict[str, int] = {}
        for number, (topic, retain, confirmations) in enumerate(plan):
            box.put(outgoing(topic, number, retain=retain))
            last[topic] = number
            for _ in range(min(confirmations, len(sent.messages) - confirmed)):
                confirmed += 1
                box.confirmed(confirmed, 0)
        drain(box, sent)
        for topic, number in last.items():
            values = [int(payload) for sent_topic, payload in sent.messages if sent_topic == topic]
            assert values[-1] == number
            assert values == sorted(values)
