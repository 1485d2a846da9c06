"""What the keys of a television do, as far as its state shows it."""

from collections.abc import Mapping

DIGITS = frozenset("0123456789")
LEVELS: Mapping[str, int] = {"volume-up": 1, "volume-down": -1}
"""Key -> change of the volume in percent; both end a mute."""
PRESSES: Mapping[str, bool | None] = {"play": False, "pause": True, "play-pause": None, "ok": None}
"""Key -> paused or not, None: the other of both; only in an app."""
TURNS = frozenset({"mute", "source", "home", "tv", "channel-up", "channel-down", "picture-mode", "sleep"})
"""Keys that go on to the next of several."""
