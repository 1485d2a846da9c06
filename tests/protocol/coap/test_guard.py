"""The guard: sizes, rates, a bounded memory, and a log that cannot be flooded."""

from gateway.protocol.coap.guard import KNOWN_FOR, Guard, Limits
from gateway.protocol.coap.replies import LIFETIME, Replies
from gateway.protocol.restraint import Verdict


class Hands:
    """A clock moved by hand."""

    def __init__(self) -> None:
        self.at = 1000.0

    def now(self) -> float:
        return self.at

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        raise NotImplementedError


def test_a_flooder_is_refused_then_ignored_then_forgiven() -> None:
    clock = Hands()
    guard = Guard(Limits(rate=10, burst=5), clock)
    verdicts = [guard.admit("192.0.2.1", 10) for _ in range(12)]
    assert verdicts == [Verdict.ADMIT] * 5 + [Verdict.REFUSE] * 5 + [Verdict.DROP] * 2
    assert guard.admit("192.0.2.2", 10) is Verdict.ADMIT, "somebody else is not held up"
    clock.at += 1.0
    assert guard.admit("192.0.2.1", 10) is Verdict.ADMIT


def test_an_answer_that_is_waited_for_passes_when_its_sender_has_said_too_much_and_not_without_end() -> None:
    clock = Hands()
    guard = Guard(Limits(rate=10, burst=5), clock)
    while guard.admit("192.0.2.1", 10) is not Verdict.DROP:
        pass
    answers = [guard.admit("192.0.2.1", 10, lambda: True) for _ in range(12)]
    assert answers == [Verdict.ADMIT] * 5 + [Verdict.REFUSE] * 5 + [Verdict.DROP] * 2
    assert guard.admit("192.0.2.1", 10, lambda: False) is Verdict.DROP


def test_nobody_looks_whether_an_answer_is_waited_for_before_its_sender_has_said_too_much() -> None:
    def looked() -> bool:
        raise AssertionError("a datagram was read that needed no reading")

    assert Guard(Limits(), Hands()).admit("192.0.2.1", 10, looked) is Verdict.ADMIT


def test_everybody_together_is_held_to_a_rate_too() -> None:
    guard = Guard(Limits(total=20), Hands())
    admitted = sum(guard.admit(f"192.0.2.{number}", 10) is Verdict.ADMIT for number in range(50))
    assert admitted == 20


def test_the_table_of_peers_is_bounded() -> None:
    guard = Guard(Limits(peers=10, total=10_000), Hands())
    for number in range(1000):
        guard.admit(f"10.0.{number // 250}.{number % 250}", 10)
    assert len(guard._senders) == 10


def test_a_datagram_over_the_size_is_dropped_unread() -> None:
    guard = Guard(Limits(size=100), Hands())
    assert guard.admit("192.0.2.1", 101) is Verdict.DROP
    assert guard.counts["dropped: too long"] == 1


def test_a_thousand_bad_datagrams_make_one_log_line() -> None:
    clock = Hands()
    guard = Guard(clock=clock)
    for _ in range(1000):
        assert guard.read("192.0.2.1", b"junk") is None
    assert (guard.counts["dropped"], guard.said) == (1000, 1)
    clock.at += 11
    guard.read("192.0.2.1", b"junk")
    assert guard.said == 2


def test_a_repeated_request_finds_its_answer_for_its_lifetime() -> None:
    replies = Replies(4, 4)
    assert replies.seen("peer", 7, b"t", 0.0) is None
    replies.answered("peer", 7, b"answer")
    kept = replies.seen("peer", 7, b"t", LIFETIME - 1)
    assert kept is not None
    assert kept.answer == b"answer"
    assert replies.seen("peer", 7, b"other", 1.0) is None, "another token is another request"
    assert replies.seen("peer", 7, b"other", LIFETIME + 2) is None, "too old"


def test_kept_replies_are_bounded_for_each_peer_and_in_all() -> None:
    replies = Replies(10, 20)
    for peer in range(100):
        for number in range(100):
            replies.seen(peer, number, b"", 0.0)
    assert len(replies) == 200
    assert replies.seen(99, 99, b"", 0.0) is not None, "the newest are kept"


def test_strangers_take_from_each_other_and_not_from_those_who_showed_a_key() -> None:
    clock = Hands()
    guard = Guard(Limits(strangers=20, peers=50), clock)
    assert guard.admit("192.0.2.9", 10) is Verdict.ADMIT, "before it has shown its key it is a stranger"
    guard.know("192.0.2.9")
    admitted = sum(guard.admit(f"10.0.{number // 250}.{number % 250}", 10) is Verdict.ADMIT for number in range(5000))
    assert admitted == 19
    assert guard.admit("192.0.2.9", 10) is Verdict.ADMIT
    assert (guard.is_strange("192.0.2.9"), guard.is_strange("10.0.0.1")) == (False, True)
    assert len(guard._strangers) <= 50
    clock.at += KNOWN_FOR + 1
    assert guard.is_strange("192.0.2.9"), "it has shown no key for long"


def test_those_who_showed_a_key_are_remembered_in_bounded_number() -> None:
    guard = Guard(Limits(strangers=20, peers=10), Hands())
    for number in range(100):
        guard.know(f"192.0.2.{number}")
    assert len(guard._known) == 10
    assert not guard.is_strange("192.0.2.99")


def test_without_a_share_for_strangers_nobody_is_one() -> None:
    guard = Guard(Limits(), Hands())
    guard.know("192.0.2.1")
    assert not guard.is_strange("192.0.2.2")
    assert len(guard._known) == 0
