"""A time that comes: once a day, whatever the hub's clock does.

A hub without a battery wakes in the past, and its clock is put right later; somebody sets it; the hub is off for a night. What the clock
skipped is not what has passed: a time that passed while the hub was awake fires however late it is looked at; one it slept through fires
where that is no longer ago than `LATE`, and is noted as missed where it is.
"""

from typing import Final

from gateway.scenes.rules.calendar import Due, Timed, last_due
from gateway.scenes.rules.place import Place
from gateway.scenes.rules.rule import AtSun, AtTime, clock_words
from gateway.scenes.rules.said import said, time_words
from gateway.scenes.rules.standing import Cause, Standing
from gateway.scenes.words import Text

LATE: Final = 600.0
"""Seconds by which a time may be late and still fires."""
SET_BACK: Final = 25 * 3600.0
"""Seconds by which a clock is put back that had been wrong by days: what was dealt with in that future counts no longer."""


def come(standing: Standing, trigger: Timed, place: Place, now: float, awake_since: float) -> Due | None:
    """Return the moment that has come and is to be dealt with now, None where there is none; note what was missed.

    `awake_since`: since when the hub has been watching without a break, seconds since the epoch as the clock has it now.
    """
    if standing.through - now > SET_BACK:
        standing.deal(now)
    due = last_due(trigger, place, now)
    if due is None or due.at <= standing.through:
        return None
    standing.deal(due.at)
    if due.at >= awake_since or now - due.at <= LATE:
        return due
    standing.missed = {"at": due.at, "text": said("late", late=time_words(now - due.at))}
    return None


def cause_of(trigger: AtTime | AtSun, due: Due, place: Place, now: float) -> Cause:
    """Return why a time fires."""
    return Cause(_text(trigger, due, place), now, due.occasion, {"due": due.at})


def _text(trigger: AtTime | AtSun, due: Due, place: Place) -> Text:
    if isinstance(trigger, AtTime):
        return said("time", clock=clock_words(trigger.minutes))
    sun = place.wall(due.at - trigger.offset).strftime("%H:%M")
    text = said("offset" if trigger.offset else "sun", sun="{sun}", clock=sun, offset=_signed(trigger.offset))
    names = {"sunrise": "日出", "sunset": "日落"}
    return {"en": text["en"].format(sun=trigger.sun.value), "zh-Hans": text["zh-Hans"].format(sun=names[trigger.sun.value])}


def _signed(seconds: float) -> str:
    return f"{'-' if seconds < 0 else '+'}{time_words(abs(seconds))}"
