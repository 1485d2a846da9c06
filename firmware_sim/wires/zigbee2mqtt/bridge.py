"""The bridge: one connection to the broker, one base topic, and the devices that were joined to it.

Retained are its own state (`online`, or `offline` by its last will), its info, the list of its devices and whether each of them is there.
What a device shows is not, unless the device's owner wants it: who comes later has to ask. Requests that rename and remove a device are
answered as the real bridge does. A device whose unit has no power stays in the list: only who removes it takes it out.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from typing import Any

import aiomqtt
import structlog

from firmware_sim.network import Network
from firmware_sim.wires.mqtt_link import V5, V311, Broker, Link, Message, connected
from firmware_sim.wires.zigbee2mqtt.device import Device
from firmware_sim.wires.zigbee2mqtt.parting import asked_of, request_of, text_of

log = structlog.get_logger()

VERSION = "2.14.1"
_PATIENCE = 6.0
_GOODBYE = 3.0
_LOOK = 0.2
_PAUSE = 0.3
_WAITING = 4000
_FORGOTTEN = object()


class Bridge:
    """A bridge on `broker` under the topic `base`; it lives from the first device that joins to the last that leaves."""

    def __init__(self, broker: Broker, base: str, network: Network) -> None:
        self.base = base
        self.devices: dict[str, Device] = {}
        self._broker = broker
        self._network = network
        self._up = asyncio.Event()
        self._outbox: asyncio.Queue[Message] = asyncio.Queue(_WAITING)
        self._life: asyncio.Task[None] | None = None
        self._link: Link | None = None
        self._leaving = False
        self._version = V5
        self._ends: dict[str, Callable[[], None]] = {}

    @property
    def alive(self) -> int:
        """Return how many of its devices are simulated at the moment."""
        return len(self._ends)

    async def join(self, device: Device) -> None:
        """Take a device in, or back; OSError when the broker does not answer the first of them."""
        known = self.devices.get(device.ieee)
        if known is not None and known.joined:
            device.name, device.board.kept = known.name, known.board.kept
        elif known is not None:
            device.name = device.ieee
        self.devices[device.ieee] = device
        device.tell, device.complain = self._told, self._complain
        self._ends[device.ieee] = device.begin()
        if self._life is None:
            await self._begin()
        else:
            self._news("device_joined", {"friendly_name": device.name, "ieee_address": device.ieee})
            self._announce(device)

    async def leave(self, device: Device, *, goodbye: bool) -> None:
        """Let a device's unit go; with the last of them the bridge itself ends, without a word unless it may say `goodbye`."""
        if (end := self._ends.pop(device.ieee, None)) is not None:
            end()
        if self._ends or self._life is None:
            return
        life, self._life = self._life, None
        self._leaving = True
        if goodbye and self._link is not None:
            self._put("bridge/state", {"state": "offline"}, retain=True)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_GOODBYE):
                    await self._outbox.join()
        elif self._link is not None:
            self._link.cut()
            await asyncio.wait({life}, timeout=_GOODBYE)
        life.cancel()
        await asyncio.wait({life})

    async def _begin(self) -> None:
        self._leaving = False
        self._life = asyncio.create_task(self._live(), name=f"zigbee2mqtt {self.base}")
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._up.wait()
        except TimeoutError:
            log.warning("no broker yet, trying on", bridge=self.base, broker=self._broker.host)

    async def _live(self) -> None:
        while not self._leaving:
            will = self._message("bridge/state", {"state": "offline"}, retain=True)
            try:
                async with connected(
                    self._broker, self._version, identifier=f"z2m-{self.base}", will=will, source=self._network.address
                ) as link:
                    await self._converse(link)
            except (aiomqtt.MqttError, OSError) as error:
                log.info("no broker", bridge=self.base, reason=str(error))
                self._version = V311 if self._version == V5 else V5
            self._up.clear()
            if not self._leaving:
                await asyncio.sleep(_PAUSE)

    async def _converse(self, link: Link) -> None:
        self._link = link
        while not self._outbox.empty():
            self._outbox.get_nowait()
            self._outbox.task_done()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._say(link), name="zigbee2mqtt out")
                await link.subscribe(f"{self.base}/#")
                self._introduce()
                group.create_task(self._watch(), name="zigbee2mqtt devices")
                async for message in link.messages():
                    self._heard(str(message.topic), bytes(message.payload) if isinstance(message.payload, bytes) else b"")
        except* (aiomqtt.MqttError, OSError) as errors:
            log.info("connection lost", bridge=self.base, reason=str(errors.exceptions[0]))
        finally:
            self._link = None

    async def _say(self, link: Link) -> None:
        while True:
            message = await self._outbox.get()
            await link.publish(message)
            self._outbox.task_done()

    async def _watch(self) -> None:
        """Look every now and then who is still reached."""
        while True:
            await asyncio.sleep(_LOOK)
            for device in self.devices.values():
                if device.look() and device.joined:
                    self._say_availability(device)

    def _introduce(self) -> None:
        self._put("bridge/state", {"state": "online"}, retain=True)
        self._put("bridge/info", self._info(), retain=True)
        self._list()
        self._put("bridge/groups", [], retain=True)
        for device in self.devices.values():
            self._announce(device, listed=True)
        asyncio.get_running_loop().call_soon(self._up.set)

    def _announce(self, device: Device, *, listed: bool = False) -> None:
        if not device.joined:
            return
        if not listed:
            self._list()
        self._say_availability(device)
        if "stale" in device.quirks:
            self._put(device.name, {**device.state(), **_opposite(device)}, retain=True)
        elif "no-state-at-start" not in device.quirks:
            self._told(device, device.state())

    def _list(self) -> None:
        coordinator = {"ieee_address": "0x00124b0000000000", "type": "Coordinator", "friendly_name": "Coordinator", "network_address": 0}
        coordinator |= {"supported": True, "disabled": False, "interviewing": False, "interview_completed": True, "endpoints": {}}
        self._put("bridge/devices", [coordinator, *(device.entry() for device in self.devices.values() if device.joined)], retain=True)

    def _info(self) -> dict[str, Any]:
        config = {"mqtt": {"base_topic": self.base}, "availability": {"enabled": True}, "advanced": {"output": "json"}}
        return {"version": VERSION, "permit_join": False, "log_level": "info", "network": {"channel": 11, "pan_id": 6754}, "config": config}

    def _say_availability(self, device: Device) -> None:
        if "no-availability" in device.quirks:
            return
        state = "online" if device.available else "offline"
        self._put(f"{device.name}/availability", state if "legacy-availability" in device.quirks else {"state": state}, retain=True)

    def _told(self, device: Device, state: dict[str, Any]) -> None:
        if device.joined:
            payload = device.network.worn(_json(state))
            self._send(Message(topic=f"{self.base}/{device.name}", payload=payload, retain="retains" in device.quirks))

    def _complain(self, text: str) -> None:
        self._put("bridge/logging", {"level": "error", "message": text})

    def _heard(self, topic: str, payload: bytes) -> None:
        below = topic.removeprefix(f"{self.base}/")
        if (request := request_of(below)) is not None:
            self._requested(request, payload)
        elif (asked := asked_of(below, payload)) is not None and (device := self._known(asked.name)) is not None:
            (device.set if asked.verb == "set" else device.get)(asked.values)

    def _known(self, name: str) -> Device | None:
        """Return the device of this friendly name or address on the radio."""
        for device in self.devices.values():
            if device.joined and name in (device.name, device.ieee):
                return device
        self._complain(f"there is no '{name}'")
        return None

    def _requested(self, request: str, payload: bytes) -> None:
        wish = text_of(payload)
        if request == "device/rename" and isinstance(wish, dict) and isinstance(wish.get("to"), str):
            self._rename(str(wish.get("from")), wish["to"])
        elif request == "device/remove":
            self._remove(str(wish.get("id")) if isinstance(wish, dict) else str(wish))

    def _rename(self, old: str, new: str) -> None:
        device = self._known(old)
        if device is None:
            self._put("bridge/response/device/rename", {"status": "error", "error": f"there is no '{old}'", "data": {}})
            return
        old, device.name = device.name, new
        self._put(old, _FORGOTTEN, retain=True)
        self._put(f"{old}/availability", _FORGOTTEN, retain=True)
        self._list()
        self._say_availability(device)
        self._told(device, device.state())
        self._put("bridge/response/device/rename", {"status": "ok", "data": {"from": old, "to": new, "homeassistant_rename": False}})

    def _remove(self, name: str) -> None:
        device = self._known(name)
        if device is None:
            self._put("bridge/response/device/remove", {"status": "error", "error": f"there is no '{name}'", "data": {}})
            return
        device.joined = False
        self._put(device.name, _FORGOTTEN, retain=True)
        self._put(f"{device.name}/availability", _FORGOTTEN, retain=True)
        self._list()
        self._news("device_leave", {"friendly_name": device.name, "ieee_address": device.ieee})
        self._put("bridge/response/device/remove", {"status": "ok", "data": {"id": name, "block": False, "force": False}})

    def _news(self, type: str, data: dict[str, Any]) -> None:
        self._put("bridge/event", {"type": type, "data": data})

    def _put(self, below: str, content: Any, *, retain: bool = False) -> None:
        self._send(self._message(below, content, retain=retain))

    def _message(self, below: str, content: Any, *, retain: bool = False) -> Message:
        payload = b"" if content is _FORGOTTEN else content.encode() if isinstance(content, str) else _json(content)
        return Message(topic=f"{self.base}/{below}", payload=payload, retain=retain)

    def _send(self, message: Message) -> None:
        if self._link is None:
            return
        if self._outbox.full():
            self._outbox.get_nowait()
            self._outbox.task_done()
        self._outbox.put_nowait(message)


def _json(content: Any) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()


def _opposite(device: Device) -> dict[str, Any]:
    """Return its binary properties the other way round: what a broker kept from long ago."""
    leaves = device.board.model.leaves
    binary = {name: leaves[name] for name in device.board.state() if leaves.get(name, {}).get("type") == "binary"}
    state = device.board.state()
    return {name: leaf["value_off"] if state[name] == leaf["value_on"] else leaf["value_on"] for name, leaf in binary.items()}


BRIDGES: dict[tuple[int, str, str], Bridge] = {}
"""Every running bridge by its event loop, broker and base topic: the units of a home share one."""


def bridge_of(url: str, broker: Broker, base: str, network: Network) -> Bridge:
    """Return the bridge on this broker under this base topic, a new one where there is none or none alive."""
    key = (id(asyncio.get_running_loop()), url, base)
    bridge = BRIDGES.get(key)
    if bridge is None:
        for old in [known for known, other in BRIDGES.items() if known[0] != key[0] and not other.alive]:
            del BRIDGES[old]
        bridge = BRIDGES[key] = Bridge(broker, base, network)
    return bridge
