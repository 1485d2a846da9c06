"""Figures for Prometheus at `/metrics`: what the hub has used, and how its devices, sessions and links are. Base units, by convention."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import APIRouter
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from starlette.requests import Request
from starlette.responses import Response

from gateway.faces.http.caller import Inside, Reader
from gateway.faces.http.house import House
from gateway.thing.availability import AvailabilityState

router = APIRouter(tags=["metrics"])
TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_TOLD: Final = {
    "process_resident_memory_bytes": "Memory of the gateway's process",
    "hulian_state_store_bytes": "Size of the store of devices, clients and scenes",
    "hulian_history_store_bytes": "Size of the store of history",
}


@router.get(
    "/metrics",
    summary="Figures for Prometheus",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request, house: Inside, _principal: Reader) -> Response:
    """Return the figures in the text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures(house, request.app.state.streams.open))
    return Response(generate_latest(registry), media_type=TYPE)


class _Figures:
    """Reads everything at the moment it is asked."""

    def __init__(self, house: House, streams: int) -> None:
        self._house = house
        self._streams = streams

    def collect(self) -> Iterable[Metric]:
        """Yield every family."""
        numbers, status = self._house.numbers(), self._house.status()
        info = GaugeMetricFamily("hulian_build_info", "Which version runs", labels=("version", "gateway"))
        info.add_metric((self._house.version, self._house.home.identifier), 1)
        yield info
        for name, told in _TOLD.items():
            yield GaugeMetricFamily(name, told, value=numbers.get(name, 0.0))
        yield CounterMetricFamily(
            "process_cpu_seconds", "Processor time of the gateway", value=numbers.get("process_cpu_seconds_total", 0.0)
        )
        yield from self._devices()
        yield _counted("hulian_sessions", "Sessions of drivers by state", "state", (each["state"] for each in status.get("sessions", ())))
        yield GaugeMetricFamily(
            "hulian_mqtt_connected", "Whether the link to the broker is up", value=float(bool(status.get("mqttConnected")))
        )
        dropped = CounterMetricFamily("hulian_coap_dropped", "CoAP datagrams that were turned away, by why", labels=("why",))
        for why, count in dict(status.get("coapDropped", {})).items():
            dropped.add_metric((str(why),), float(count))
        yield dropped
        yield GaugeMetricFamily("hulian_http_streams", "Streams of changes that are open", value=float(self._streams))

    def _devices(self) -> Iterable[Metric]:
        home = self._house.home
        twins = [home.twin(device) for device in home.devices()]
        states = _counted(
            "hulian_devices", "Devices by whether they can be reached", "availability", (twin.availability.state.value for twin in twins)
        )
        yield states
        here = GaugeMetricFamily("hulian_device_online", "Whether a device can be reached", labels=("device", "kind", "room"))
        numbers = GaugeMetricFamily(
            "hulian_property", "A public number a device shows, in its profile's unit", labels=("device", "property", "unit")
        )
        for twin in twins:
            here.add_metric((twin.id, twin.description.kind, twin.room), float(twin.availability.state is AvailabilityState.ONLINE))
            for name, spec in twin.instance.properties.items():
                value = twin.values.get(name)
                if not spec.private and isinstance(value, int | float):
                    numbers.add_metric((twin.id, name, spec.unit or ""), float(value))
        yield here
        yield numbers


def _counted(name: str, told: str, label: str, words: Iterable[Any]) -> GaugeMetricFamily:
    family = GaugeMetricFamily(name, told, labels=(label,))
    counts: dict[str, int] = {}
    for word in words:
        counts[str(word)] = counts.get(str(word), 0) + 1
    for word, count in sorted(counts.items()):
        family.add_metric((word,), float(count))
    return family
