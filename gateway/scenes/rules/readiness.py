"""Whom the triggers of a scene wait for in a home, and so whether they would be armed there: said where a scene is rehearsed."""

from collections.abc import Iterable, Iterator

from gateway.scenes.house import House, believed, meant
from gateway.scenes.rules.crossing import within
from gateway.scenes.rules.mains import PROPERTY
from gateway.scenes.rules.rule import AtSun, AtTime, Crossing, Happening, OfMains, Trigger, Unused
from gateway.scenes.rules.usage import counted


def waited_for(trigger: Trigger, house: House) -> tuple[str, ...]:
    """Return the devices a trigger waits for just now."""
    match trigger:
        case Crossing(select=select, name=name):
            return tuple(each for each in meant(select, house) if name in house.twin(each).instance.properties)
        case Happening(select=select, name=name):
            return tuple(each for each in meant(select, house) if name in house.twin(each).instance.events)
        case Unused(select=select, name=name):
            return tuple(each for each in meant(select, house) if counted(house.twin(each), name))
        case OfMains():
            return tuple(each for each in house.devices() if PROPERTY in house.twin(each).instance.properties)
    return ()


def readiness(triggers: Iterable[Trigger], house: House) -> Iterator[str]:
    """Yield for each trigger whether this home would arm it; of a time and of the sun the clock decides, not the home."""
    for trigger in triggers:
        if not isinstance(trigger, AtTime | AtSun):
            yield f"line {trigger.line}: {_readiness(trigger, house)}"


def _readiness(trigger: Trigger, house: House) -> str:
    devices = waited_for(trigger, house)
    if not devices:
        return "this trigger would never fire: nobody in this home is meant"
    if not isinstance(trigger, Crossing):
        return f"this trigger would be armed, by {', '.join(devices)}"
    shown = {device: believed(house.twin(device), (trigger.name,)) for device in devices}
    known = [device for device in devices if shown[device]]
    if not known:
        return f"this trigger would wait until somebody says {trigger.name}"
    beyond = [device for device in known if within(trigger.limit, shown[device][trigger.name])]
    if len(beyond) == len(known):
        return f"this trigger would be armed only once it holds no longer: it holds now for {', '.join(beyond)}"
    return f"this trigger would be armed, by {', '.join(device for device in known if device not in beyond)}"
