"""Where the picture of a television comes from: a socket with or without a player behind it, a channel, or an app."""

from collections.abc import Mapping

HOME = "home"
"""The input that is the television itself: its menu and its apps."""
DIALLING = 2.0
"""Seconds after which the digits pressed so far are a channel."""
PLUGGED: Mapping[str, bool] = {"tuner": True, "hdmi-1": True, "hdmi-2": False, "hdmi-3": False, "usb": False, "usb-c": False, "cast": False}
"""Input -> whether something plays there at first."""


class Source:
    """`app` in front (empty: none), `paused` in it, `channel` of the tuner, `signals` by input."""

    def __init__(self) -> None:
        self.app = ""
        self.paused = False
        self.channel = 1
        self.signals = dict(PLUGGED)
        self._digits, self._digits_left = "", 0.0

    def playback(self, source: str) -> str:
        """Say what plays from an input, in the profile's words."""
        if source != HOME:
            return "playing" if self.signals[source] else "idle"
        return "idle" if not self.app else "paused" if self.paused else "playing"

    def open(self, app: str) -> None:
        """Bring an app to the front."""
        self.app, self.paused = app, False

    def close(self) -> None:
        """Leave app and dialling."""
        self.app, self.paused, self._digits = "", False, ""

    def dial(self, digit: str) -> None:
        """Take a digit of a channel's number."""
        self._digits, self._digits_left = (self._digits + digit)[-4:], DIALLING

    def zap(self, by: int) -> None:
        """Go on by channels."""
        self.channel = max(1, self.channel + by)

    def step(self, seconds: float) -> None:
        """Tune in when no further digit came."""
        self._digits_left -= seconds
        if self._digits and self._digits_left <= 0:
            self.channel, self._digits = int(self._digits), ""
