"""Features that are more than one affordance, or less: a mode with `off` in it, a cover's word, a lock, buttons, a colour in pieces."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from gateway.drivers.parts.selfdescribed.buttons import gestures
from gateway.drivers.parts.selfdescribed.colour import Colour
from gateway.drivers.parts.selfdescribed.conversion import Member, Plain, Switched, Words
from gateway.drivers.parts.selfdescribed.feature import Feature
from gateway.drivers.parts.selfdescribed.fitting import Misfit, fit
from gateway.drivers.parts.selfdescribed.row import Row, Section
from gateway.drivers.parts.selfdescribed.standard import Place
from gateway.drivers.parts.selfdescribed.vocabulary import Entry

COVER, STOP = "coverState", "stop"
_FORMS = (("xy", ("x", "y")), ("hs", ("hue", "saturation")), ("rgb", ("red", "green", "blue")))
_FULL = {"red": 255.0, "saturation": 100.0}


class Ground(Protocol):
    """The part that is being made, as these need it."""

    def place(self, section: Section, name: str) -> Place | None:
        """Return where an affordance is to be had that no feature has yet."""
        ...

    def put(self, found: Place, row: Row, terms: Mapping[str, object]) -> bool:
        """Let the device have the affordance with this row; False where it cannot."""
        ...

    def taken(self, section: Section, name: str) -> None:
        """Keep an affordance from others."""
        ...


def mode(ground: Ground, entry: Entry, feature: Feature, target: str) -> str:
    """Put one feature on `power` and a mode; return why it does not go."""
    power, chosen = (ground.place(Section.PROPERTY, name) for name in ("power", target))
    off = next((word for word in feature.words if word.lower() == "off"), None)
    others = tuple(word for word in feature.words if word != off)
    if power is None or feature.type != "string":
        return "taken"
    if chosen is None:
        return _on(ground, feature, power, off, others)
    made = fit(entry, replace(feature, words=others), chosen.schema) if others else Misfit("words")
    if isinstance(made, Misfit) or not isinstance(made.conversion, Words):
        return made.reason if isinstance(made, Misfit) else "words"
    shown = {} if feature.settable else {"readOnly": True, "hl:reason": "this device only shows it"}
    row = Row(keys=(feature.key,), names=(chosen.name,), conversion=made.conversion, settable=feature.settable)
    if off is None:
        return "" if ground.put(chosen, row, {**made.terms, **shown}) else "full"
    both = replace(row, names=(power.name, chosen.name), conversion=Switched(off, made.conversion))
    if not ground.put(chosen, both, {**made.terms, **shown}):
        return "full"
    ground.put(power, replace(both, keys=()), shown)
    return ""


def _on(ground: Ground, feature: Feature, power: Place, off: str | None, others: Sequence[str]) -> str:
    """Put it on a kind that knows on and off only: one word for each."""
    if off is None or len(others) != 1:
        return "words"
    row = Row(keys=(feature.key,), names=(power.name,), conversion=Words(((others[0], True), (off, False))), settable=feature.settable)
    return "" if ground.put(power, row, {}) else "full"


def cover(ground: Ground, entry: Entry, feature: Feature, target: str) -> str:
    """Put the word of a cover on its state; the word to stop is the action."""
    found = ground.place(Section.PROPERTY, target or COVER)
    if found is None:
        return "taken"
    made = fit(entry, feature, found.schema)
    if isinstance(made, Misfit):
        return made.reason
    shown = {} if feature.settable else {"readOnly": True, "hl:reason": "this device only shows it"}
    row = Row(keys=(feature.key,), names=(found.name,), conversion=made.conversion, settable=feature.settable)
    if not ground.put(found, row, {**made.terms, **shown}):
        return "full"
    halt(ground, feature)
    return ""


def halt(ground: Ground, feature: Feature) -> None:
    """Put the word of a cover that stops it on the action, where it has one."""
    word = next((word for word in feature.words if word.lower() == STOP), None)
    action = ground.place(Section.ACTION, STOP) if word is not None and feature.settable else None
    if action is not None:
        ground.put(action, _press(feature, action, word), {})


def lock(ground: Ground, _entry: Entry, feature: Feature, _target: str) -> str:
    """Put a lock's state on `locked`, and setting it on the two actions."""
    found = ground.place(Section.PROPERTY, "locked")
    if found is None or feature.type != "boolean":
        return "taken" if found is None else "type"
    ground.put(found, Row(keys=(feature.key,), names=(found.name,), conversion=Plain("boolean")), {})
    for name, raw in (("lock", True), ("unlock", False)) if feature.settable else ():
        action = ground.place(Section.ACTION, name)
        if action is None or not ground.put(action, _press(feature, action, raw), {}):
            return "access"
    return ""


def _press(feature: Feature, action: Place, raw: object) -> Row:
    how = Member("", Words(()), fixed=raw)
    return Row(keys=(feature.key,), names=(action.name,), conversion=how, section=Section.ACTION, told=False, settable=True)


def happening(ground: Ground, entry: Entry, feature: Feature) -> str:
    """Put the words of buttons on the event; return why they do not go."""
    found = ground.place(Section.EVENT, entry.to)
    made = gestures(feature)
    if found is None or made is None:
        return "taken" if found is None else "words"
    row = Row(keys=(feature.key,), names=(found.name,), conversion=made, section=Section.EVENT)
    return "" if ground.put(found, row, {}) else "full"


def colour(ground: Ground, name: str, members: Sequence[tuple[Entry, Feature]]) -> bool:
    """Make the pieces of a colour one property; False where they are not whole."""
    found = ground.place(Section.PROPERTY, name)
    role = {entry.join: index for index, (entry, _) in enumerate(members)}
    forms = tuple((form, tuple(role[each] for each in parts)) for form, parts in _FORMS if all(each in role for each in parts))
    if found is None or not forms or sum(len(places) for _, places in forms) != len(members):
        return False
    full = next((feature.maximum or _FULL[entry.join] for entry, feature in members if entry.join in _FULL), 100.0)
    settable = any(feature.settable for _, feature in members)
    row = Row(
        keys=tuple(feature.key for _, feature in members),
        names=(name,),
        conversion=Colour(forms, len(members), float(full)),
        settable=settable,
    )
    return ground.put(found, row, {} if settable else {"readOnly": True, "hl:reason": "this device only shows it"})


WAYS = {"switched": mode, "cover": cover, "lock": lock}
