"""One object of a node: an appliance, or one sense of it, as properties.

Every device object has the super class's properties and the three maps of what can be announced, set and got. Properties listed in
`unable` stand in the maps and still cannot be got, as with units whose sensor is not fitted; those in `locked` this unit lets nobody set,
and its map says so.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.wires.echonet.common import device_properties, identification, product
from firmware_sim.wires.echonet.property import Property, fixed
from firmware_sim.wires.echonet.property_map import property_map

ANNOUNCED, SETTABLE, GETTABLE = 0x9D, 0x9E, 0x9F
_MAPS = (ANNOUNCED, SETTABLE, GETTABLE)


class Instance:
    """`code`: the object, as a number. `meek`: it never says that it could not do what was set. `quiet`: it announces nothing."""

    def __init__(
        self,
        appliance: Appliance,
        code: int,
        own: Sequence[Property],
        *,
        unable: Collection[int] = (),
        locked: Collection[int] = (),
        meek: bool = False,
        quiet: bool = False,
    ) -> None:
        self.code = code
        self._appliance = appliance
        self._unable = frozenset(unable)
        self._locked = frozenset(locked)
        self._meek = meek
        self._quiet = quiet
        identity = (
            fixed(0x83, identification(appliance.identifier, f"{code:06x}")),
            *product(appliance.kind, appliance.identifier),
        )
        shown = appliance.surface.properties
        everything = (*device_properties(switchable="power" in shown), *identity, *own)
        self._properties = {each.code: each for each in everything if all(name in shown for name in each.needs)}
        self._told = self.announced()

    @property
    def setting(self) -> Collection[int]:
        """The codes that can be set."""
        return [code for code, each in self._properties.items() if each.takes is not None and code not in self._locked]

    def get(self, code: int, values: Mapping[str, Any] | None = None) -> bytes | None:
        """Return a property's data, None when there is none."""
        if code in self._unable:
            return None
        if code in _MAPS:
            return property_map(self._mapped(code))
        if code not in self._properties:
            return None
        return self._properties[code].shows(self._appliance.values() if values is None else values)

    def set(self, code: int, data: bytes) -> bool:
        """Do what is asked; return whether it was understood and done."""
        takes = self._properties[code].takes if code in self._properties and code not in self._locked else None
        return takes is not None and (takes(self._appliance, data) or self._meek)

    def announced(self) -> dict[int, bytes]:
        """Return what would be announced."""
        values = self._appliance.values()
        shown = ((code, self.get(code, values)) for code, each in self._properties.items() if each.told)
        return {code: data for code, data in shown if data is not None}

    def news(self) -> dict[int, bytes]:
        """Return what changed since the last time of asking."""
        before, self._told = self._told, self.announced()
        return {code: data for code, data in self._told.items() if before.get(code) != data}

    def _mapped(self, code: int) -> Collection[int]:
        if code == SETTABLE:
            return self.setting
        if code == ANNOUNCED:
            return [] if self._quiet else [each.code for each in self._properties.values() if each.told]
        return [*self._properties, *_MAPS]
