"""The three relations between appliances, and one link of each."""

from dataclasses import dataclass
from typing import Any, Final

from gateway.errors import SchemaViolation
from gateway.profile.thing_description import thing_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """One relation: `word` from the source, `inverse` from the target.

    `kinds`: of what can be a source; any kind that has `property` can be one too. `property`: where such a kind names its targets, a text
    or, when it may have several, a list; "" where the profile has no place for it. `kind_property`: where it says what kind the target is.
    `most`: targets of one source. `alone`: a target has one source at most.
    """

    word: str
    inverse: str
    kinds: frozenset[str]
    property: str = ""
    kind_property: str = ""
    most: int = 32
    alone: bool = False


FEEDS: Final = Relation(
    word="feeds", inverse="fedBy", kinds=frozenset({"plug"}), property="feeds", kind_property="feedsKind", most=1, alone=True
)
CONTROLS: Final = Relation(word="controls", inverse="controlledBy", kinds=frozenset({"ir-remote", "remote-control"}), property="bindsTo")
CHARGES: Final = Relation(word="charges", inverse="chargedBy", kinds=frozenset({"charger"}))
RELATIONS: Final = {relation.word: relation for relation in (FEEDS, CONTROLS, CHARGES)}
PROPERTIES: Final = {relation.property: relation for relation in RELATIONS.values() if relation.property}
"""By the property a source names its targets in."""
KEEPABLE: Final = frozenset({FEEDS.property, FEEDS.kind_property})
"""Properties the gateway keeps for a source that has no memory of its own; what a remote says it speaks for is always its own word."""
NOTHING: Final = "none"
"""What `feedsKind` says while nothing is named."""


def relation_of(word: str) -> Relation:
    """Return a relation by its word; raise SchemaViolation."""
    relation = RELATIONS.get(word)
    if relation is None:
        raise SchemaViolation(f"{word!r} is no relation between appliances; there is {', '.join(RELATIONS)}")
    return relation


@dataclass(frozen=True, slots=True, kw_only=True)
class Tie:
    """One link between two devices of this home. `told`: the source says so itself and remembers it; otherwise the gateway does.

    `by`, `made`: who made it and when (seconds since the epoch), known of those the gateway remembers.
    """

    source: str
    relation: Relation
    target: str
    told: bool = False
    by: str = ""
    made: float | None = None

    def document(self, device: str) -> dict[str, Any]:
        """Return it as a link of one end's Thing Description."""
        forward = device == self.source
        word, other = (self.relation.word, self.target) if forward else (self.relation.inverse, self.source)
        return {"rel": f"hl:{word}", "href": thing_id(other), "type": "application/td+json"}
