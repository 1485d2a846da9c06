"""What a source must not do to what hangs on it: cut a refrigerator off, or be told that it feeds something else.

The profile says which kinds are protected, and reads what the plug says it feeds. The home knows better: it knows what kind the
appliance is that hangs there, whatever the plug says or anybody writes, and what else hangs on that.
"""

from collections.abc import Iterator, Mapping

from gateway.errors import CommandError, NeedsConfirmation, StateConflict, Unknown
from gateway.home.links.links import Links, targets_in
from gateway.home.links.relation import FEEDS, NOTHING, PROPERTIES
from gateway.home.registry import Registry
from gateway.home.twin import Twin
from gateway.thing.value import State, Value

_SWITCH = "power"
_LATER = {
    "countdown": (0,),
    "offTimer": (0,),
    "onTime": (0,),
    "autoOff": (False,),
    "autoOffTime": (0,),
    "powerOnState": ("on", "last"),
    "powerOnBehaviour": ("on", "previous"),
    "relayInterlock": (False,),
}
"""Settings with which a source switches itself off later, and what may be written all the same."""
_ACTIONS = frozenset({"setInching", "pressButton"})
_VENDOR = "x-"
"""What is a vendor's own may do anything, so a person is asked."""


class Feeding:
    """The warden of every twin (`home.twin.Warden`)."""

    def __init__(self, links: Links, registry: Registry) -> None:
        self._links = links
        self._registry = registry

    def states(self, twin: Twin, written: Mapping[str, Value]) -> Iterator[State]:
        """Yield every state a command must be judged in: as the device says, and once for each kind that hangs on it were this written."""
        yield twin.values
        for kind in dict.fromkeys(self._kinds(twin, written)):
            if kind != twin.values.get(FEEDS.kind_property):
                yield {**twin.values, FEEDS.kind_property: kind}

    def forbid(self, twin: Twin, written: Mapping[str, Value]) -> None:
        """Raise what the home has against a write that says what hangs on the device: Unknown or StateConflict."""
        for name in PROPERTIES.keys() & written.keys() & twin.instance.properties.keys():
            for target in targets_in(written[name]):
                self._check_target(twin, name, target)
        if FEEDS.kind_property in written:
            self._check_kind(twin, written)

    def ask(self, twin: Twin, written: Mapping[str, Value], action: str = "") -> None:
        """Ask a person before what hangs there is cut off later, or protected no more: whoever may not cut it off could do so next."""
        later = [name for name, value in written.items() if value not in _LATER.get(name, (value,))]
        for name in (*later, *(each for each in (*written, action) if each in _ACTIONS or each.startswith(_VENDOR))):
            self._ask_about(twin, name)
        if written.keys().isdisjoint({FEEDS.property, FEEDS.kind_property}):
            return
        after = {*self._kinds(twin, written), written.get(FEEDS.kind_property)}
        for kind in self._kinds(twin, {}):
            if kind not in after and protected(twin, kind):
                raise NeedsConfirmation(f"{twin.name} feeds a {kind}, which would be protected no more", property=FEEDS.property)

    def _ask_about(self, twin: Twin, name: str) -> None:
        for kind in (*self._kinds(twin, {}), twin.values.get(FEEDS.kind_property, NOTHING)):
            if kind != NOTHING and protected(twin, kind):
                raise NeedsConfirmation(f"{twin.name} feeds a {kind}, and {name} may switch it off", property=name)

    def _check_target(self, twin: Twin, name: str, target: str) -> None:
        if self._registry.get(target) is not None:
            self._links.graph.check(twin.id, PROPERTIES[name], target)
        elif self._links.keeps(twin.id, name):
            raise Unknown(f"no device {target} in this home", property=name)

    def _check_kind(self, twin: Twin, written: Mapping[str, Value]) -> None:
        target = self._target(twin, written)
        known = self._registry.get(target) if target else None
        if known is not None and written[FEEDS.kind_property] != self._links.kind(twin.id, target):
            raise StateConflict(f"{target} is a {known.description.kind}, whatever is written here", property=FEEDS.kind_property)

    def _target(self, twin: Twin, written: Mapping[str, Value]) -> str:
        if FEEDS.property in written:
            return next(iter(targets_in(written[FEEDS.property])), "")
        return next((tie.target for tie in self._links.graph.targets(twin.id, FEEDS)), "")

    def _kinds(self, twin: Twin, written: Mapping[str, Value]) -> tuple[str, ...]:
        """Return the kinds of all that hangs on the device, were this written."""
        if FEEDS.property not in twin.instance.properties:
            return ()
        target = self._target(twin, written)
        if not target:
            word = self._links.word(twin.id)
            return () if word == NOTHING or FEEDS.kind_property in written else (word,)
        hanging = [fed for device in self._links.graph.downstream([target]) if (fed := self._registry.get(device)) is not None]
        said = [fed.values.get(FEEDS.kind_property, NOTHING) for fed in hanging]
        return tuple(kind for kind in (*(fed.description.kind for fed in hanging), *said) if kind != NOTHING)


def protected(twin: Twin, kind: str) -> bool:
    """Return whether the profile asks a person before a device is switched off that feeds this kind."""
    try:
        twin.instance.check_write({_SWITCH: False}, {**twin.values, FEEDS.kind_property: kind})
    except NeedsConfirmation:
        return True
    except CommandError:
        return False
    return False
