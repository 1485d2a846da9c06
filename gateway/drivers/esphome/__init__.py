"""ESPHome nodes over their native API: sticks in air conditioners of Haier, TCL or Hisense, plugs, sensors, whatever owners build."""

from gateway.drivers.esphome.driver import DRIVER

__all__ = ["DRIVER"]
