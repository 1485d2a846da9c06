"""From a `notify:` step to a Notify; what is wrong is reported where it stands."""

from collections.abc import Mapping
from typing import Any, Final

from gateway.profile.findings import pointer_to
from gateway.scenes.alerts.notice import AGAIN, TIMES, Escalation, Notify
from gateway.scenes.words import PLAIN, Text, Words, is_plain

_RULE: Final = "scene-notify"
_KNOWN: Final = frozenset({"text", "until", "again", "times", "escalate"})
_LONGEST: Final = 500
"""Characters of one text."""
_MOST_TIMES: Final = 100
_MOST_STEPS: Final = 8
_LANGUAGES: Final = frozenset({"en", "zh-Hans"})


def read_notify(given: Any, at: str, line: int, words: Words) -> Notify | None:
    """Return the step; None where it cannot be read."""
    if not isinstance(given, dict):
        words.report(at, "has `text:` in `en` and perhaps `zh-Hans`, and perhaps until, again, times, escalate", _RULE)
        return None
    words.only(given, at, _KNOWN)
    text = _text(given.get("text"), f"{at}/text", words)
    acknowledged = _until(given, at, words)
    if text is None:
        return None
    return Notify(
        line=line,
        at=at.removesuffix("/notify"),
        text=text,
        acknowledged=acknowledged,
        again=(words.duration(given["again"], f"{at}/again") if "again" in given else None) or AGAIN,
        times=_times(given.get("times", TIMES if acknowledged else 1), f"{at}/times", words),
        escalate=_escalations(given.get("escalate", []), f"{at}/escalate", words),
    )


def _text(given: Any, at: str, words: Words) -> Text | None:
    if (
        isinstance(given, dict)
        and "en" in given
        and given.keys() <= _LANGUAGES
        and all(isinstance(text, str) and 0 < len(text) <= _LONGEST and is_plain(text) for text in given.values())
    ):
        return given
    words.report(at, f"is a mapping of `en` and perhaps `zh-Hans` to a text of 1 to {_LONGEST} characters, {PLAIN}", _RULE)
    return None


def _until(given: Mapping[str, Any], at: str, words: Words) -> bool:
    if "until" not in given:
        for name in ("again", "times", "escalate"):
            if name in given:
                words.report(f"{at}/{name}", "says something only together with `until: acknowledged`", _RULE)
        return False
    if given["until"] != "acknowledged":
        words.report(f"{at}/until", "is `acknowledged`, or left out: then it is told once", _RULE)
    return True


def _times(given: Any, at: str, words: Words) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and 0 < given <= _MOST_TIMES:
        return given
    words.report(at, f"is how often it is told: a whole number from 1 to {_MOST_TIMES}", _RULE)
    return 1


def _escalations(given: Any, at: str, words: Words) -> tuple[Escalation, ...]:
    if not isinstance(given, list) or len(given) > _MOST_STEPS:
        words.report(at, f"is a list of at most {_MOST_STEPS} steps, each with `after:` and `text:`", _RULE)
        return ()
    read = (_escalation(step, f"{at}{pointer_to(number)}", words) for number, step in enumerate(given))
    return tuple(step for step in read if step is not None)


def _escalation(given: Any, at: str, words: Words) -> Escalation | None:
    if not isinstance(given, dict):
        words.report(at, "is a step with `after:` and `text:`", _RULE)
        return None
    words.only(given, at, frozenset({"after", "text"}))
    after = words.duration(given.get("after"), f"{at}/after")
    text = _text(given.get("text"), f"{at}/text", words)
    return None if after is None or text is None else Escalation(after=after, text=text)
