"""One renderer: what it is asked for, how it is set, and what its keys are. After each it is asked what has become of it."""

import asyncio
import contextlib
from collections.abc import Collection, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from gateway.drivers.dlna.description import PLAY, SEEK, describe
from gateway.drivers.dlna.mapping import Kind
from gateway.drivers.dlna.renderer import Renderer
from gateway.drivers.dlna.xml import element_of
from gateway.drivers.parts.named import step_of
from gateway.drivers.parts.reading import numeric
from gateway.drivers.parts.session import Heard
from gateway.drivers.parts.text import shown as printable
from gateway.errors import DeviceFailure, Offline, SchemaViolation, TimedOut, Unknown, WireError
from gateway.thing.description import Description
from gateway.thing.value import Value

_MASTER: Final = {"Channel": "Master"}
_STATE, _VOLUME, _MUTE, _TRACK = (
    "AVTransport.GetTransportInfo",
    "RenderingControl.GetVolume",
    "RenderingControl.GetMute",
    "AVTransport.GetPositionInfo",
)
_TITLE: Final = "{http://purl.org/dc/elements/1.1/}title"
_EVENTED: Final = frozenset({"TransportState", "Volume", "Mute", "CurrentTrackMetaData"})
_DIDL = (
    '<DIDL-Lite xmlns="urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    ' xmlns:upnp="urn:schemas-upnp-org:metadata-1-0/upnp/"><item id="0" parentID="-1" restricted="1"><dc:title>{title}</dc:title>'
    '<upnp:class>object.item</upnp:class><res protocolInfo="http-get:*:*:*">{url}</res></item></DIDL-Lite>'
)
_ESCAPED: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""By hand, for what the standard library has for it brings clients of HTTP and mail along: 3 MiB in every hub."""


class RendererUnit:
    """`shown`: the latest of each variable."""

    def __init__(self, renderer: Renderer, kind: Kind, key: str) -> None:
        self.heard: Heard = lambda _: None
        self.closed: asyncio.Future[None] = renderer.closed
        self.shown: dict[str, Value] = {"loudest": renderer.card.loudest}
        self._renderer = renderer
        self._kind = kind
        self._key = key
        self._trouble: TimedOut | Offline = TimedOut("the renderer does not say what it does")
        renderer.news = self._news

    def describe(self, readings: Collection[str]) -> Description:
        """Return the device as far as it is known; `readings`: the names of what it has told."""
        return describe(self._kind, self._key, self._renderer.card, readings)

    def words(self, asked: Mapping[str, Value]) -> object:
        """Return what has to be asked for; ReadOnly for what this renderer has no action for."""
        return self._kind.words(asked, self._renderer.card.actions)

    async def begin(self) -> None:
        """Ask to be told what changes, and how it is; raise TimedOut when it does not say what it plays."""
        await self._listen()
        await self.ask()

    async def ask(self) -> bool:
        """Ask for everything: many renderers promise to tell changes and do not."""
        await self._listen()
        whole = await asyncio.gather(
            self._asked(_STATE), self._asked(_VOLUME, **_MASTER), self._asked(_MUTE, **_MASTER), self._asked(_TRACK)
        )
        if not whole[0]:
            raise self._trouble
        return all(whole)

    async def probe(self) -> None:
        """Ask what it does."""
        await self._asked(_STATE)

    async def set(self, asked: Mapping[str, Value]) -> bool:
        """Set volume and mute, and look what has become of them."""
        order = self._kind.words(asked, self._renderer.card.actions)
        level = step_of(order["Volume"], self._renderer.card.loudest) if "Volume" in order else None
        if level is not None:
            await self._renderer.call("RenderingControl.SetVolume", **_MASTER, DesiredVolume=level)
        if "Mute" in order:
            await self._renderer.call("RenderingControl.SetMute", **_MASTER, DesiredMute=order["Mute"])
        return await self._looked(order)

    async def invoke(self, name: str, argument: Value) -> Value:
        """Press a key, play or pause, play a link, go to a position; Unknown for anything else."""
        said: Mapping[str, Any] = argument if isinstance(argument, dict) else {}
        match name:
            case "playPause":
                await self._press("play-pause")
            case "sendKey":
                await self._press(str(said.get("key")))
            case _ if name == PLAY:
                await self._play(str(said.get("url", "")), str(said.get("title", "")))
            case _ if name == SEEK:
                await self._renderer.call("AVTransport.Seek", Unit="REL_TIME", Target=_clock(int(numeric(said.get("position")) or 0)))
            case _:
                raise Unknown(f"this renderer has no {name}")
        return None

    async def _listen(self) -> None:
        with contextlib.suppress(TimedOut, Offline, WireError):  # then it is only asked
            await self._renderer.listen()

    async def _asked(self, action: str, **arguments: Value) -> bool:
        """Ask for one thing; return whether it was told, or cannot be."""
        if action not in self._renderer.card.actions:
            return True
        try:
            given = await self._renderer.call(action, **arguments)
        except (TimedOut, Offline) as error:
            self._trouble = error
            return False
        except WireError as error:
            self._trouble = TimedOut(str(error))
            return False
        except DeviceFailure:
            return action != _STATE  # while nothing plays some refuse to say what
        self._take({_NAMES[name]: value for name, value in given.items() if name in _NAMES})
        return True

    async def _looked(self, order: Mapping[str, Value]) -> bool:
        looks = [self._asked(_VOLUME, **_MASTER)] if "Volume" in order else []
        looks += [self._asked(_MUTE, **_MASTER)] if "Mute" in order else []
        return all(await asyncio.gather(*looks))

    async def _press(self, key: str) -> None:
        if key not in self._kind.keys:
            raise SchemaViolation(f"a renderer has no key {key!r}", property="key")
        if key == "play-pause":
            key = "pause" if self.shown.get("TransportState") == "PLAYING" else "play"
        if key == "mute":
            await self.set({"mute": not self.shown.get("Mute")})
        elif key in {"volume-up", "volume-down"}:
            await self._louder(1 if key == "volume-up" else -1)
        else:
            speed = {"Speed": "1"} if key == "play" else {}
            await self._renderer.call(self._kind.keys[key], **speed)

    async def _louder(self, way: int) -> None:
        loudest, now = self._renderer.card.loudest, int(numeric(self.shown.get("Volume")) or 0)
        level = max(0, min(loudest, now + way * max(1, loudest // 20)))
        await self._renderer.call("RenderingControl.SetVolume", **_MASTER, DesiredVolume=level)

    async def _play(self, url: str, title: str) -> None:
        """Give it something to play, as it is; the renderer fetches it, the hub does not."""
        if urlsplit(url).scheme not in {"http", "https"} or not url.isprintable():
            raise SchemaViolation("a renderer plays http and https links", property="url")
        about = _DIDL.format(title=(title or "-").translate(_ESCAPED), url=url.translate(_ESCAPED))
        await self._renderer.call("AVTransport.SetAVTransportURI", CurrentURI=url, CurrentURIMetaData=about)
        await self._renderer.call("AVTransport.Play", Speed="1")

    def _news(self, values: Mapping[str, str]) -> None:
        changed: dict[str, Value] = {name: value for name, value in values.items() if name in _EVENTED}
        if "Volume" in changed:
            changed["Volume"] = int(values["Volume"]) if values["Volume"].isascii() and values["Volume"].isdigit() else None
        if "Mute" in changed:
            changed["Mute"] = values["Mute"].lower() in {"1", "true", "yes"}
        self._take({name: value for name, value in changed.items() if value is not None})

    def _take(self, words: dict[str, Value]) -> None:
        if "CurrentTrackMetaData" in words:
            words["title"] = _title(str(words.pop("CurrentTrackMetaData")))
        self.shown |= words
        self.heard(self._kind.says(self.shown, words))


_NAMES: Final = {
    "CurrentTransportState": "TransportState",
    "CurrentVolume": "Volume",
    "CurrentMute": "Mute",
    "TrackMetaData": "CurrentTrackMetaData",
}
"""What an action gives back to the variable it is."""


def _title(metadata: str) -> str:
    """Return the title in what is said of a track, "" where there is none."""
    if not metadata.lstrip().startswith("<"):
        return ""
    try:
        return printable(element_of(metadata).findtext(f".//{_TITLE}") or "", 256)
    except WireError:
        return ""


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"
