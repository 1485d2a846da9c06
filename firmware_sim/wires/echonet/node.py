"""Frame in, frames out: everything a node says, without any socket.

A node is one address with one profile object and any number of device objects. What is asked of all instances of a class (instance 0) is
answered by each. An answer names exactly the properties that were asked; when one of them did not work the whole answer is a `..._NOT`,
and what worked stands in it all the same.

Quirks seen in real units, all optional: `most` answers only the first so many properties of a request; `deaf` answers none of a request
with more than that; `meek` claims to have done what it refused (see `Instance`).
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from firmware_sim.wires.echonet.frame import Frame, Listed, Service
from firmware_sim.wires.echonet.instance import Instance
from firmware_sim.wires.echonet.profile_object import CODE, LIST_ANNOUNCED, ProfileObject

Getting = Callable[[int], bytes | None]
_ALL = 0
_READING = {Service.GET: (Service.GOT, Service.GET_NOT), Service.TELL: (Service.TOLD, Service.TELL_NOT)}
_SETTING = {Service.SET: (Service.SET_DONE, Service.SET_NOT), Service.SET_QUIETLY: (None, Service.SET_QUIETLY_NOT)}


class Node:
    """`instances` by their code."""

    def __init__(self, profile: ProfileObject, *, most: int | None = None, deaf: bool = False) -> None:
        self.profile = profile
        self.instances: dict[int, Instance] = {}
        self.most = most
        self.deaf = deaf
        self._number = 0

    def add(self, instance: Instance) -> None:
        """Hold one more object."""
        self.instances[instance.code] = instance
        self.profile.instances = sorted(self.instances)

    def remove(self, code: int) -> None:
        """Hold an object no more."""
        del self.instances[code]
        self.profile.instances = sorted(self.instances)

    def listing(self) -> Frame:
        """Return the announcement of the objects it holds."""
        return self._told(CODE, ((LIST_ANNOUNCED, self.profile.get(LIST_ANNOUNCED) or b""),))

    def news(self, instance: Instance) -> Frame | None:
        """Return the announcement of what changed at an object."""
        changed = tuple(instance.news().items())
        return self._told(instance.code, changed) if changed else None

    def answers(self, asked: Frame) -> Iterator[tuple[Frame, bool]]:
        """Do what a frame asks; yield each answer, and whether it goes to everybody."""
        if self.most is not None and len(asked.properties) > self.most:
            if self.deaf:
                return
            asked = replace(asked, properties=asked.properties[: self.most])
        for code in self._meant(asked.target):
            if (answer := self._answer(code, asked)) is not None:
                yield answer, answer.service == Service.TOLD

    def _meant(self, target: int) -> list[int]:
        known = (CODE, *self.instances)
        if target & 0xFF == _ALL:
            return [code for code in known if code >> 8 == target >> 8]
        return [target] if target in known else []

    def _answer(self, code: int, asked: Frame) -> Frame | None:
        if asked.service in _READING:
            return self._got(code, asked, *_READING[Service(asked.service)])
        if asked.service in _SETTING:
            return self._set(code, asked, *_SETTING[Service(asked.service)])
        if asked.service == Service.SET_AND_GET:
            return self._set_and_got(code, asked)
        if asked.service == Service.TOLD_SURELY:
            return self._reply(code, asked, Service.HEARD, tuple((epc, b"") for epc, _ in asked.properties))
        return None

    def _got(self, code: int, asked: Frame, well: Service, badly: Service) -> Frame:
        found, complete = self._read(code, asked.properties)
        return self._reply(code, asked, well if complete else badly, found)

    def _set(self, code: int, asked: Frame, well: Service | None, badly: Service) -> Frame | None:
        left, complete = self._write(code, asked.properties)
        service = well if complete else badly
        return None if service is None else self._reply(code, asked, service, left)

    def _set_and_got(self, code: int, asked: Frame) -> Frame:
        left, set_all = self._write(code, asked.properties)
        found, got_all = self._read(code, asked.second)
        service = Service.SET_AND_GOT if set_all and got_all else Service.SET_AND_GET_NOT
        return replace(self._reply(code, asked, service, left), second=found)

    def _read(self, code: int, asked: Listed) -> tuple[Listed, bool]:
        get: Getting = self.profile.get if code == CODE else self.instances[code].get
        found = [(epc, get(epc) if code != CODE or epc != LIST_ANNOUNCED else None) for epc, _ in asked]
        return tuple((epc, data or b"") for epc, data in found), all(data is not None for _, data in found)

    def _write(self, code: int, asked: Listed) -> tuple[Listed, bool]:
        """Set one after the other; what was refused comes back as it was asked."""
        done = [code != CODE and self.instances[code].set(epc, data) for epc, data in asked]
        return tuple((epc, b"" if ok else data) for (epc, data), ok in zip(asked, done, strict=True)), all(done)

    def _reply(self, code: int, asked: Frame, service: Service, properties: Listed) -> Frame:
        return Frame(number=asked.number, source=code, target=asked.source, service=service, properties=properties)

    def _told(self, code: int, properties: Listed) -> Frame:
        self._number = self._number % 0xFFFF + 1
        return Frame(number=self._number, source=code, target=CODE, service=Service.TOLD, properties=properties)
