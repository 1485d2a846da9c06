"""The messages of a native appliance on MQTT, made from what is true at the moment they are made."""

from typing import Any

from firmware_sim.appliance import Appliance
from firmware_sim.clock import stamp
from firmware_sim.notice import Raised
from firmware_sim.wires.mqtt_link import Message
from firmware_sim.wires.order import Run
from firmware_sim.wires.payload import encode
from firmware_sim.wires.thing import Thing
from firmware_sim.wires.topics import Topics


class Sayings:
    """What one appliance can say."""

    def __init__(self, appliance: Appliance) -> None:
        self._appliance = appliance
        self._topics = Topics(appliance.identifier)

    def description(self, thing: Thing) -> Message:
        """Return the Thing Description."""
        return Message(topic=self._topics.description, payload=thing.body, retain=True, content_type="application/td+json")

    def state(self, names: set[str]) -> list[Message]:
        """Return the public properties among `names`, and last the whole state."""
        document = self._appliance.document()
        facts = (("seq", str(self._appliance.seq)), ("boot", str(self._appliance.boot)), ("ts", self._appliance.timestamp))
        public = sorted(name for name in names if name != "$" and not self._appliance.is_private(name))
        whole = Message(topic=self._topics.state, payload=encode(document), retain=True)
        return [*(self._property(name, document, facts) for name in public), whole]

    def availability(self, state: str, reason: str = "") -> Message:
        """Return that it is online, or gone in good order."""
        body = {"state": state, "since": stamp(self._appliance.clock.now())} | ({"reason": reason} if reason else {})
        return Message(topic=self._topics.availability, payload=encode(body), retain=True)

    def will(self) -> Message:
        """Return what the broker says when the connection is lost; since when, nobody can know beforehand."""
        return Message(topic=self._topics.availability, payload=encode({"state": "offline", "reason": "connection lost"}), retain=True)

    def event(self, raised: Raised) -> Message:
        """Return an event."""
        return Message(topic=self._topics.event(raised.event), payload=encode(raised.document()))

    def ack(self, ack: dict[str, Any]) -> Message:
        """Return an ack for everybody."""
        return Message(topic=self._topics.ack, payload=encode(ack))

    def run(self, run: Run) -> Message:
        """Return the last ack of a long action, kept at the broker."""
        return Message(topic=self._topics.run(run.order.id), payload=encode(run.last), retain=True)

    def _property(self, name: str, document: dict[str, Any], facts: tuple[tuple[str, str], ...]) -> Message:
        """Return the bare value of one property; empty when there is none any more."""
        quality = self._appliance.quality().get(name)
        payload = encode(document[name]) if name in document else b""
        more = (("q", quality),) if quality else ()
        return Message(topic=self._topics.property(name), payload=payload, retain=True, facts=(*facts, *more))
