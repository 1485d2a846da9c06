"""What each kind of change asks of the version number, and why.

Two questions decide. Is a device of the old model still one of the new (and the other way round) for a reader that knows only one
of them? Does what an old client does still work? Where both hold, a change is minor; where nothing a program relies on
changes, it is a patch.
"""

from enum import IntEnum


class Bump(IntEnum):
    """The smallest part of a version that must grow."""

    NONE = 0
    PATCH = 1
    MINOR = 2
    MAJOR = 3

    @property
    def word(self) -> str:
        """Return it as people write it."""
        return self.name.lower()


_PATCH = {
    "text": "only people read it",
    "hook": "a mapping to another model; the profile's own meaning is as before",
    "maturity": "says what is proven, not what is sent",
    "link": "leads elsewhere, for readers only",
    "danger-same": "0 and 1 ask for the same role",
    "order": "the same things in another order",
    "ignored": "no reader acts on it",
}
_MINOR = {
    "feature-new": "a device without it is as before, and who does not know it ignores it",
    "affordance-new-optional": "comes with a new feature only",
    "event-new-optional": "comes with a new feature only",
    "affordance-new-mixin": "nobody has it before a kind refers to it",
    "constraint-new-optional": "holds only for devices with something new",
    "constraint-looser": "forbids less than before: what an old client writes still passes",
    "constraint-removed": "forbids less than before: what an old client writes still passes",
    "enum-word-new-open": "readers of an open enum accept words they do not know",
    "member-new": "readers ignore members they do not know, and nobody has to send it",
    "member-not-required-input": "a call without it is accepted now; with it as before",
    "input-new": "the action may be called without it, as before",
    "output-new": "readers ignore what they do not know",
    "promise-looser": "a device may be slower or less exact than before; clients read the number from its description",
    "report-pace": "reports may come at another pace; clients take what comes",
    "can-more": "the action or property can do more than before",
    "phases": "words for people to follow a run by",
    "type-word-new": "one more semantic type",
    "fault-new": "a code of an open family: readers show what they do not know",
    "fault-changed": "advice of the catalogue; what a device reports carries its own",
}
_MAJOR = {
    "kind": "it is another kind",
    "class": "who sorts by class no longer finds it",
    "affordance-removed": "who reads, writes or invokes it fails",
    "affordance-new-mandatory": "devices of the old version lack it and are refused",
    "event-new-mandatory": "devices of the old version lack it and are refused",
    "affordance-now-mandatory": "devices of the old version may lack it and are refused",
    "affordance-now-optional": "clients relied on its being there",
    "affordance-moved": "devices with the one feature lack it, those with the other have it unasked",
    "feature-removed": "devices that list it are refused",
    "feature-grown": "devices of the old version with this feature lack it and are refused",
    "feature-rules": "lists of features that were legal are refused, by the new or by the old readers",
    "type": "what was a good value is none now",
    "unit": "the same number means something else",
    "range-narrower": "values that were good are refused",
    "range-wider": "readers of the old version refuse what is wider than they know",
    "step": "values or descriptions that were good are refused by readers of one of the versions",
    "length-narrower": "values that were good are refused",
    "length-wider": "readers of the old version refuse what is wider than they know",
    "pattern": "which texts are good changed, and nobody can prove that none was lost",
    "format": "what was a good value is none now",
    "alternatives": "what was a good value may be none now",
    "enum-word-new": "readers of a closed enum refuse a word they do not know",
    "enum-word-removed": "who writes it is refused, who waits for it waits for ever",
    "enum-word-feature": "devices with the same features have other words than before",
    "enum-opened": "clients took the words for all there are",
    "enum-closed": "words that devices of the old version may use are refused",
    "now-writable": "readers of the old version refuse a device on which it can be written",
    "now-read-only": "who writes it is refused",
    "private": "what was public is not, or what was private is",
    "danger": "who has to be asked before it happens changed",
    "member-removed": "who sends it is refused, who reads it finds nothing",
    "member-required": "what lacks it was good and is refused",
    "member-not-required": "clients relied on its being there",
    "input-required": "calls as they were are refused",
    "input-removed": "calls as they were are refused",
    "output-removed": "clients relied on the answer",
    "promise-tighter": "devices that kept the old promise break the new one",
    "can-less": "what clients could rely on is gone",
    "manner": "who follows the action waits for something else",
    "constraint-new": "what an old client writes may be refused, and devices of the old version may break it",
    "constraint-tighter": "what an old client writes may be refused",
    "constraint-changed": "it forbids something else than before",
    "constraint-manner": "what happens when it is broken changed",
    "part": "a composite of the old version has other parts",
    "type-word-removed": "who looks for the semantic type no longer finds it",
    "fault-removed": "a code that devices report is unknown",
    "fault-family": "families are closed: readers refuse a code of one they do not know",
    "fault-latched": "whether a person must act changed",
}
RULES: dict[str, tuple[Bump, str]] = {
    rule: (bump, why) for bump, table in ((Bump.PATCH, _PATCH), (Bump.MINOR, _MINOR), (Bump.MAJOR, _MAJOR)) for rule, why in table.items()
}
"""Rule to the bump it asks for and the reason."""
