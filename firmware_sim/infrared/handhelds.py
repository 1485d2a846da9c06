"""Handheld remotes with one code a key: the television's (NEC), the box's (RC5), the fan's (SIRC). Made-up makers'."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from firmware_sim.air import Burst
from firmware_sim.infrared import nec, rc5, sirc
from firmware_sim.infrared.keys import TV_ADDRESS, TV_KEYS
from firmware_sim.infrared.nec import Nec
from firmware_sim.infrared.rc5 import Rc5
from firmware_sim.infrared.sirc import Sirc
from firmware_sim.refusal import Refusal

BOX_ADDRESS, FAN_ADDRESS = 0x0A, 0x1A
BOX_KEYS: Mapping[str, int] = {
    **{str(digit): digit for digit in range(10)},
    "power": 12,
    "mute": 13,
    "volume-up": 16,
    "volume-down": 17,
    "channel-up": 32,
    "channel-down": 33,
    "menu": 82,
    "up": 80,
    "down": 81,
    "left": 85,
    "right": 86,
    "ok": 87,
    "back": 34,
    "pause": 48,
    "play": 53,
    "stop": 54,
}
FAN_KEYS: Mapping[str, int] = {"power": 0x15, "on": 0x2E, "off": 0x2F, "faster": 0x12, "slower": 0x13, "swing": 0x14, "wind": 0x16}


@dataclass(frozen=True, slots=True)
class Handheld:
    """A remote for appliances of one kind; `decode` returns the name of the key, None for anything that is not its own."""

    keys: Mapping[str, int]
    encode: Callable[[str], Burst]
    decode: Callable[[Burst], str | None]

    def press(self, key: str) -> Burst:
        """Return what a key sends; Refusal for a key it has not."""
        if key not in self.keys:
            raise Refusal("schema", f"this remote has no key {key!r}; it has {', '.join(self.keys)}")
        return self.encode(key)


def _named(keys: Mapping[str, int], address: int, heard: Nec | Rc5 | Sirc | None) -> str | None:
    if heard is None or heard.address != address:
        return None
    return next((name for name, number in keys.items() if number == heard.command), None)


HANDHELDS: Mapping[str, Handheld] = {
    "uhd-tv": Handheld(
        TV_KEYS,
        lambda key: nec.encode(Nec(TV_ADDRESS, TV_KEYS[key])),
        lambda burst: _named(TV_KEYS, TV_ADDRESS, nec.decode(burst)),
    ),
    "set-top-box": Handheld(
        BOX_KEYS,
        lambda key: rc5.encode(Rc5(BOX_ADDRESS, BOX_KEYS[key])),
        lambda burst: _named(BOX_KEYS, BOX_ADDRESS, rc5.decode(burst)),
    ),
    "fan": Handheld(
        FAN_KEYS,
        lambda key: sirc.encode(Sirc(FAN_ADDRESS, FAN_KEYS[key])),
        lambda burst: _named(FAN_KEYS, FAN_ADDRESS, sirc.decode(burst)),
    ),
}
