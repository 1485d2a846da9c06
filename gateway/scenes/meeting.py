"""Whether two selectors may mean the same device, in whatever home."""

from gateway.scenes.words import Selector


def may_meet(one: Selector, other: Selector) -> bool:
    """Return whether some device could be meant by both."""
    pairs = ((one.kinds, other.kinds), (one.rooms, other.rooms), (one.ids, other.ids))
    if any(first and second and not set(first) & set(second) for first, second in pairs):
        return False
    return not (_covers(one.but, other) or _covers(other.but, one))


def is_within(one: Selector, other: Selector) -> bool:
    """Return whether everybody `one` means is meant by `other` as well, in any home."""
    lists = ((getattr(one, name), getattr(other, name)) for name in ("kinds", "features", "rooms", "tags", "ids"))
    return other.but is None and all(not wide or (narrow and set(narrow) <= set(wide)) for narrow, wide in lists)


def _covers(but: Selector | None, who: Selector) -> bool:
    """Return whether everybody in `who` is left out by `but`."""
    if but is None:
        return False
    said = [(set(getattr(but, name)), set(getattr(who, name))) for name in ("kinds", "features", "rooms", "tags", "ids")]
    return but.but is None and any(left for left, _ in said) and all(not left or (meant and meant <= left) for left, meant in said)
