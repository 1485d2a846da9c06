"""The key numbers of two made-up makers' remotes, for those that hear NEC: as common remotes have them, of nobody in particular."""

from collections.abc import Mapping

TV_ADDRESS = 0x04
TV_KEYS: Mapping[str, int] = {
    "channel-up": 0x00,
    "channel-down": 0x01,
    "volume-up": 0x02,
    "volume-down": 0x03,
    "right": 0x06,
    "left": 0x07,
    "power": 0x08,
    "mute": 0x09,
    "source": 0x0B,
    **{str(digit): 0x10 + digit for digit in range(10)},
    "back": 0x28,
    "up": 0x40,
    "down": 0x41,
    "menu": 0x43,
    "ok": 0x44,
    "home": 0x7C,
    "play-pause": 0xBA,
}
"""Key -> command of the television's remote."""
TV_COMMANDS: Mapping[int, str] = {command: key for key, command in TV_KEYS.items()}
