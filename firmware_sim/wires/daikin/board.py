"""The air conditioner behind the adapter, in the adapter's words; and what it remembers: a temperature and a fan speed for each mode.

In dry mode there is no temperature (`M`), with the fan alone neither (`--`). A number is refused there by the quirk `strict`.
"""

import re
from collections.abc import Mapping

from firmware_sim.appliance import Appliance
from firmware_sim.wires.press import press

MODES = {"dry": "2", "cool": "3", "heat": "4", "fan": "6"}
AUTOMATIC = ("0", "1", "7")
RANGES = {"auto": (18.0, 31.0), "heat": (10.0, 31.0), "cool": (18.0, 33.0)}
RATES = {"A": "auto", "B": "quiet", "3": "low", "4": "low", "5": "medium", "6": "high", "7": "high"}
NO_NUMBER = {"dry": "M", "fan": "--"}
POWERFUL, ECONO, STREAMER = "1", "2", "0"
_NEEDED = ("pow", "mode", "stemp", "shum")
_RUNNING = frozenset({"cooling", "heating", "dehumidifying", "defrosting", "preheating"})
_HERTZ = 40


class Refused(Exception):
    """The adapter answers `ret=PARAM NG` and does nothing."""


class Board:
    """The quirks it knows are those of the wire that are about settings and sensors.

    `automatic`: the number it has for the automatic mode, until it is told another.
    """

    def __init__(self, appliance: Appliance, quirks: frozenset[str], automatic: str) -> None:
        self._appliance = appliance
        self._quirks = quirks
        self._automatic = automatic
        self._rate, self._sideways, self._streamer = "A", False, False
        self._degrees = dict.fromkeys(RANGES, 25.0)
        self.look()

    def look(self) -> None:
        """Take note of what stands now, for when the mode comes back."""
        values = self._appliance.values()
        mode, fan = values["mode"], values["fanMode"]
        if mode in self._degrees:
            self._degrees[mode] = float(values["targetTemperature"])
        if fan != "turbo" and RATES[self._rate] != fan:
            self._rate = next(rate for rate, word in RATES.items() if word == fan)

    def control(self) -> dict[str, str]:
        """Return `aircon/get_control_info`."""
        values = self._appliance.values()
        degrees = self._remembered()
        number = self._number(values["mode"])
        words = {"pow": self.power, "mode": number, "adv": self.special, "stemp": self._target(values["mode"]), "shum": "0"}
        words |= {f"dt{mode}": degree for mode, degree in degrees.items()} | {
            "dh1": "AUTO",
            "dh2": "50",
            "dh3": "0",
            "dh4": "0",
            "dhh": "50",
        }
        words |= {"b_mode": number, "b_stemp": words["stemp"], "b_shum": "0", "alert": "255"}
        if "no-fan-rate" not in self._quirks:
            words |= {"f_rate": self._rate, "b_f_rate": self._rate} | {f"dfr{mode}": self._rate for mode in "1234567"}
        if "no-swing" not in self._quirks:
            words |= self._louvres() | {f"dfd{mode}": "0" for mode in "1234567"}
        return words

    def sensors(self) -> dict[str, str]:
        """Return `aircon/get_sensor_info`."""
        values = self._appliance.values()
        dark = "no-outdoor-when-off" in self._quirks and not values["power"]
        outside = None if dark else values.get("outdoorTemperature")
        inside = None if "no-room-sensor" in self._quirks else values.get("roomTemperature")
        return {"htemp": _degree(inside), "hhum": "-", "otemp": _degree(outside), "err": self.error, "cmpfreq": self._hertz()}

    def model(self, number: str) -> dict[str, str]:
        """Return `aircon/get_model_info` of a model with this number."""
        return {
            "model": number, "type": "N", "pv": "3.20", "cpv": "3", "cpv_minor": "20", "mid": "NA", "humd": "0", "s_humd": "0",
            "acled": "0", "land": "0", "elec": "0", "temp": "1", "temp_rng": "0", "m_dtct": "1", "ac_dst": "--", "disp_dry": "0",
            "dmnd": "0", "en_scdltmr": "1", "en_frate": self._has("no-fan-rate"), "en_fdir": self._has("no-swing"), "s_fdir": "3",
            "en_rtemp_a": "0", "en_spmode": "0" if "no-special" in self._quirks else "7", "en_ipw_sep": "0", "en_mompow": "0",
        }  # fmt: skip

    def set_control(self, asked: Mapping[str, str]) -> None:
        """Obey `aircon/set_control_info`; raise Refused when a word is missing or wrong."""
        if any(name not in asked for name in self._needed()) or asked["pow"] not in {"0", "1"}:
            raise Refused
        mode = self._word(asked["mode"])
        wanted = {"power": asked["pow"] == "1", "mode": mode, **self._wanted_degrees(mode, asked["stemp"])}
        rate, direction = asked.get("f_rate", self._rate), self._asked_direction(asked)
        if rate not in RATES or direction not in {"0", "1", "2", "3"}:
            raise Refused
        if "forgets-while-off" in self._quirks and not wanted["power"]:
            press(self._appliance, {"power": False})
            return
        self._automatic = asked["mode"] if mode == "auto" else self._automatic
        turned = rate != self._rate or self._appliance.values()["fanMode"] != "turbo"
        self._rate, self._sideways = rate, direction in {"2", "3"}
        wanted |= {"fanMode": RATES[rate]} if turned and "no-fan-rate" not in self._quirks else {}
        wanted |= {"verticalSwing": direction in {"1", "3"}} if "no-swing" not in self._quirks else {}
        self._press(wanted)

    def set_special(self, asked: Mapping[str, str]) -> dict[str, str]:
        """Obey `aircon/set_special_mode`; return the answer's words, raise Refused."""
        if "no-special" in self._quirks:
            raise Refused
        if (streamer := asked.get("en_streamer")) in {"0", "1"}:
            self._streamer = streamer == "1"
        elif asked.get("set_spmode") not in {"0", "1"} or asked.get("spmode_kind") not in {POWERFUL, ECONO, STREAMER}:
            raise Refused
        else:
            self._set_special(asked["spmode_kind"], on=asked["set_spmode"] == "1")
        return {"adv": self.special}

    @property
    def power(self) -> str:
        """Whether it is on, `1` or `0`."""
        return "1" if self._appliance.values()["power"] else "0"

    @property
    def error(self) -> str:
        """Return `0`, or a number that says only that something is wrong."""
        return "1" if self._appliance.values().get("faults") else "0"

    @property
    def special(self) -> str:
        """Return `adv`: 2 powerful, 12 econo, 13 streamer, with a stroke between two."""
        values = self._appliance.values()
        running = "2" if values["fanMode"] == "turbo" else "12" if values.get("eco") else ""
        return "/".join(word for word in (running, "13" if self._streamer else "") if word)

    def _set_special(self, kind: str, *, on: bool) -> None:
        if kind == STREAMER:
            self._streamer = on
        elif kind == ECONO:
            self._press({"eco": on})
        elif on or self._appliance.values()["fanMode"] == "turbo":
            self._press({"fanMode": "turbo" if on else RATES[self._rate]})

    def _press(self, wanted: Mapping[str, object]) -> None:
        shown = self._appliance.values()
        press(self._appliance, {name: value for name, value in wanted.items() if name in shown})

    def _wanted_degrees(self, mode: str, told: str) -> dict[str, float]:
        if mode not in RANGES:
            if "strict" in self._quirks and told != NO_NUMBER[mode]:
                raise Refused
            return {}
        form = r"\d{2}\.[05]" if "decimal-point" in self._quirks else r"\d{2}(\.[05])?"
        low, high = RANGES[mode]
        if not re.fullmatch(form, told) or not low <= float(told) <= high:
            raise Refused
        return {"targetTemperature": float(told)}

    def _target(self, mode: str) -> str:
        return NO_NUMBER[mode] if mode in NO_NUMBER else f"{float(self._appliance.values()['targetTemperature']):.1f}"

    def _remembered(self) -> dict[str, str]:
        degrees = {mode: f"{degree:.1f}" for mode, degree in self._degrees.items()}
        return {"1": degrees["auto"], "2": "M", "3": degrees["cool"], "4": degrees["heat"], "5": degrees["heat"], "7": degrees["auto"]}

    def _needed(self) -> tuple[str, ...]:
        rate = () if "no-fan-rate" in self._quirks else ("f_rate",)
        louvres = () if "no-swing" in self._quirks else ("f_dir_ud", "f_dir_lr") if "two-louvres" in self._quirks else ("f_dir",)
        return (*_NEEDED, *rate, *louvres)

    def _louvres(self) -> dict[str, str]:
        now = self._direction()
        if "two-louvres" not in self._quirks:
            return {"f_dir": now, "b_f_dir": now}
        return {"f_dir": "0", "f_dir_ud": "S" if now in {"1", "3"} else "0", "f_dir_lr": "S" if now in {"2", "3"} else "0"}

    def _asked_direction(self, asked: Mapping[str, str]) -> str:
        if "two-louvres" not in self._quirks or "no-swing" in self._quirks:
            return asked.get("f_dir", self._direction())
        moves = {"0": 0, "S": 1}
        if asked["f_dir_ud"] not in moves or asked["f_dir_lr"] not in moves:
            raise Refused
        return str(moves[asked["f_dir_ud"]] + 2 * moves[asked["f_dir_lr"]])

    def _direction(self) -> str:
        return str((1 if self._appliance.values().get("verticalSwing") else 0) + (2 if self._sideways else 0))

    def _number(self, mode: str) -> str:
        return MODES.get(mode, self._automatic)

    def _word(self, number: str) -> str:
        words = {raw: word for word, raw in MODES.items()} | dict.fromkeys(AUTOMATIC, "auto")
        if number not in words:
            raise Refused
        return words[number]

    def _hertz(self) -> str:
        if self._appliance.values()["operatingState"] in _RUNNING:
            return str(_HERTZ)
        return "999" if "idle-999" in self._quirks else "0"

    def _has(self, quirk: str) -> str:
        return "0" if quirk in self._quirks else "1"


def _degree(value: float | None) -> str:
    """Return a temperature in half degrees, `-` for none."""
    return "-" if value is None else f"{round(2 * value) / 2:.1f}"
