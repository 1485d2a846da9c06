"""Results of runs that never were, for what only shows them."""

from typing import Any

from gateway.conformance.verdict import Outcome, Result, Verdict

HOSTILE = "\x00\x1b[31m</script><b>&\ufffe\ud800 ]]>"
"""What a target may send: a null, an escape, markup, what XML and UTF-8 cannot hold."""


def verdict(name: str, outcome: Outcome = Outcome.PASSED, **facts: Any) -> Verdict:
    known: dict[str, Any] = {
        "requirement": name.partition(".")[0],
        "name": name,
        "title": f"The check {name}.",
        "transport": "",
        "outcome": outcome,
        "because": f"{name} is asked of every plug, over coap",
        "seed": 7,
        "seconds": 0.5,
    }
    return Verdict(**known | facts)


def failed(name: str = "E4", **facts: Any) -> Verdict:
    frame = {"t": 0.1234, "transport": "coap", "way": "out", "what": "PUT p/faults", "text": HOSTILE}
    told: dict[str, Any] = {"expected": "it is refused", "sent": {"faults": []}, "came": {"state": HOSTILE}, "failing": [1], "trial": 0}
    return verdict(name, Outcome.FAILED, transport="coap", frames=[frame], **told | facts)


def skipped(name: str, because: str = "it needs hands that can do power (--control)", **facts: Any) -> Verdict:
    return verdict(name, Outcome.SKIPPED, because=because, seconds=0.0, **facts)


def result(*verdicts: Verdict, **facts: Any) -> Result:
    known: dict[str, Any] = {
        "target": "coap://192.0.2.7",
        "facts": {"title": "A plug", "kind": "plug", "profile": "1.0.0", "coap": "coap://192.0.2.7/d/self", "model": "P-1"},
        "suite": {"version": "0.1.0", "hash": "5u17e"},
        "seed": 7,
        "began": 1_796_000_000.0,
        "seconds": 12.5,
        "verdicts": verdicts,
        "environment": {"python": "3.11"},
        "description": b'{"title": "A plug"}',
    }
    return Result(**known | facts)
