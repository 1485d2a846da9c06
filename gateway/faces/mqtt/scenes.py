"""The scenes of the hub on MQTT: the list, each one's newest report, and alerts, retained; and what an envelope asks of the hub itself."""

from collections.abc import Callable
from typing import Any

from gateway.errors import DeviceFailure
from gateway.faces.mqtt.envelope import READS, Envelope
from gateway.protocol.mqtt import MqttClient
from gateway.protocol.payload import json_bytes
from gateway.protocol.topics import GatewayTopics
from gateway.scenes.desk import SceneDesk, only_invoked
from gateway.scenes.report import Report
from gateway.thing.ack import AckState
from gateway.thing.clock import Clock
from gateway.thing.principal import Principal


class SceneTopics:
    """Publishes the scenes; knows what it has retained so that it can clear it."""

    def __init__(self, desk: SceneDesk, gateway: str, client: MqttClient) -> None:
        self._desk = desk
        self._client = client
        self._topics = GatewayTopics(gateway)
        self._kept: set[str] = set()
        desk.scenes.on_changed(self.publish_everything)
        desk.scenes.runs.on_told(self._told)
        if desk.scenes.alerts is not None:
            desk.scenes.alerts.on_told(self._publish_alerts)

    def publish_everything(self) -> None:
        """Publish the list and the newest report of each scene; clear those of scenes that are gone."""
        listing = self._desk.listing(state=False)
        self._client.publish_soon(self._topics.scenes, json_bytes(listing), retain=True)
        self._publish_alerts()
        names = [record["id"] for record in listing]
        for gone in self._kept - {self._topics.scene(name) for name in names}:
            self._kept.discard(gone)
            self._client.publish_soon(gone, b"", retain=True)
        for name in names:
            for report in self._desk.scenes.runs.reports(name, 1):
                self._told(report)

    def owned(self) -> set[str]:
        """Return every topic that is kept retained."""
        return {self._topics.scenes, self._topics.alerts, *self._kept}

    def _publish_alerts(self) -> None:
        self._client.publish_soon(self._topics.alerts, json_bytes(self._desk.alerts(waiting=True)), retain=True)

    def _told(self, report: Report) -> None:
        topic = self._topics.scene(report.scene)
        self._kept.add(topic)
        self._client.publish_soon(topic, json_bytes(self._desk.document(report)), retain=True)


class HubEnvelopes:
    """Answers the envelopes that are meant for the hub itself (`"dev":"$"`)."""

    def __init__(self, desk: SceneDesk, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    async def answer(self, envelope: Envelope, principal: Principal, tell: Callable[[dict[str, Any]], None]) -> Report | None:
        """Tell the first answer; return the run whose end is to be told (`end`), None where that was all."""
        if envelope.operation in READS:
            tell(self._frame(envelope, AckState.COMPLETED) | {"out": self._desk.read(envelope.operation, envelope.name)})
            return None
        only_invoked(envelope.operation)
        came = await self._desk.invoke(envelope.name, envelope.input, principal)
        if not isinstance(came, Report):
            tell(self._frame(envelope, AckState.COMPLETED) | {"out": came})
            return None
        tell(self._frame(envelope, AckState.ACCEPTED) | {"out": {"run": came.id}})
        return came

    async def end(self, envelope: Envelope, report: Report) -> dict[str, Any]:
        """Return the last answer, once the run has ended; raise Offline when the hub stops before."""
        await self._desk.scenes.runs.end_of(report)
        out = {"out": self._desk.document(report)}
        if report.good:
            return self._frame(envelope, AckState.COMPLETED) | out
        error = DeviceFailure(report.why or "not every device is as the scene wants it; the lines say which").document()
        return self._frame(envelope, AckState.FAILED) | out | {"error": error}

    def _frame(self, envelope: Envelope, state: AckState) -> dict[str, Any]:
        return envelope.answer(state, self._clock.now())
