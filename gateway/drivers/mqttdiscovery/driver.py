"""The driver: a unit is found by what it announces, and lives as long as it announces the same."""

from gateway.drivers.mqttdiscovery.watch import NAME, recognise, watch
from gateway.drivers.parts.later import opening
from gateway.drivers.spi import Driver

DRIVER = Driver(
    name=NAME,
    title="Devices that announce themselves over MQTT (Home Assistant discovery, Tasmota, ESPHome)",
    kinds=("*",),
    recognise=recognise,
    open=opening("gateway.drivers.mqttdiscovery.opening"),
    watch=watch,
)
