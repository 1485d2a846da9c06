"""How a renderer plays: its own player beside whatever else is on the screen. What it is given to play comes to the front of the appliance.

While nothing was given to it a renderer has no media, whatever the television shows: its transport tells of the renderer alone.
"""

from collections.abc import Callable, Collection, Mapping
from xml.etree import ElementTree as ET

from firmware_sim.appliance import Appliance
from firmware_sim.refusal import Refusal

NO_MEDIA, STOPPED, PLAYING, PAUSED, TRANSITIONING = "NO_MEDIA_PRESENT", "STOPPED", "PLAYING", "PAUSED_PLAYBACK", "TRANSITIONING"
_STATES: Mapping[str, str] = {"idle": STOPPED, "playing": PLAYING, "paused": PAUSED, "buffering": TRANSITIONING}
_PERCENT = 100
_SINK = "http-get:*:video/mp4:*,http-get:*:audio/mpeg:*,http-get:*:image/jpeg:*"
_SOUND = "http-get:*:audio/mpeg:*"
Arguments = Mapping[str, str]


class Fault(Exception):
    """An action that failed; `code` as UPnP numbers them."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


class Player:
    """`loudest`: the highest volume; `sound`: it plays nothing but sound; `without`: actions it has not; `done`: those it did."""

    def __init__(self, appliance: Appliance, loudest: int, *, sound: bool, without: Collection[str] = ()) -> None:
        self._appliance = appliance
        self._loudest = loudest
        self._without = without
        self._sink = _SOUND if sound else _SINK
        self.uri, self.metadata, self.title = "", "", ""
        self._stopped = True
        self.done: list[str] = []

    def call(self, service: str, action: str, said: Arguments) -> dict[str, str]:
        """Do an action; return what it gives back. Raise Fault."""
        actions: dict[str, Callable[[Arguments], dict[str, str]]] = {
            "SetAVTransportURI": self._load,
            "GetTransportInfo": lambda _: {"CurrentTransportState": self.state(), "CurrentTransportStatus": "OK", "CurrentSpeed": "1"},
            "GetPositionInfo": lambda _: self._position(),
            "GetCurrentTransportActions": lambda _: {"Actions": "Play,Pause,Stop,Seek,Next,Previous"},
            "Play": lambda _: self._play(),
            "Pause": lambda _: self._press("pause"),
            "Stop": lambda _: self._stop(),
            "Next": lambda _: self._press("next"),
            "Previous": lambda _: self._press("previous"),
            "Seek": lambda _: {},
            "GetVolume": lambda _: {"CurrentVolume": str(self.volume())},
            "SetVolume": lambda said: self._set("volume", round(_number(said["DesiredVolume"], self._loudest) * _PERCENT / self._loudest)),
            "GetMute": lambda _: {"CurrentMute": str(int(self.muted()))},
            "SetMute": lambda said: self._set("mute", said["DesiredMute"].lower() in {"1", "true", "yes"}),
            "GetProtocolInfo": lambda _: {"Source": "", "Sink": self._sink},
        }
        if action not in actions or action in self._without:
            raise Fault(401, f"{service} has no {action}")
        self.done.append(action)
        try:
            return actions[action](said)
        except KeyError as missing:
            raise Fault(402, f"{action} without {missing}") from missing

    def state(self) -> str:
        """Return what the transport does."""
        if not self.uri:
            return NO_MEDIA
        return STOPPED if self._stopped else _STATES[str(self._appliance.values().get("playback", "playing"))]

    def volume(self) -> int:
        """Return how loud it is, in its own steps."""
        percent: float = self._appliance.values()["volume"]
        return round(percent * self._loudest / _PERCENT)

    def muted(self) -> bool:
        """Return whether it is muted."""
        return bool(self._appliance.values().get("mute", False))

    def _position(self) -> dict[str, str]:
        times = {"TrackDuration": "0:10:00", "RelTime": "0:00:01"}
        return {"Track": "1" if self.uri else "0", "TrackMetaData": self.metadata, "TrackURI": self.uri, **times}

    def _load(self, said: Arguments) -> dict[str, str]:
        self.uri, self.metadata, self._stopped = said["CurrentURI"], said["CurrentURIMetaData"], True
        self.title = _title(self.metadata)
        return {}

    def _play(self) -> dict[str, str]:
        if not self.uri:
            raise Fault(701, "there is nothing to play")
        if self._stopped and "launchApp" in self._appliance.surface.actions:
            self._invoke("launchApp", {"app": "hulian-video"})
        self._stopped = False
        return self._press("play")

    def _stop(self) -> dict[str, str]:
        self._stopped = True
        return {}

    def _press(self, key: str) -> dict[str, str]:
        if self._stopped:
            raise Fault(701, "not while it is stopped")
        if key in self._appliance.surface.actions["sendKey"]["input"]["properties"]["key"]["enum"]:
            self._invoke("sendKey", {"key": key})
        return {}

    def _invoke(self, action: str, argument: Mapping[str, str]) -> None:
        try:
            self._appliance.invoke(action, argument)
        except Refusal as refusal:
            raise Fault(501, str(refusal)) from refusal

    def _set(self, name: str, value: object) -> dict[str, str]:
        try:
            self._appliance.write({name: value})
        except Refusal as refusal:
            raise Fault(501, str(refusal)) from refusal
        return {}


def _number(text: str, most: int) -> int:
    if not text.isdecimal() or int(text) > most:
        raise Fault(601, f"{text!r} is out of range")
    return int(text)


def _title(metadata: str) -> str:
    try:
        return ET.fromstring(metadata).findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""  # noqa: S314 - of our own tests
    except ET.ParseError:
        return ""
