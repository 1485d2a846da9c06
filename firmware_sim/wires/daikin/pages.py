"""The pages of an adapter, by path."""

from collections.abc import Callable, Mapping

from firmware_sim.wires.daikin.adapter import NEW, Adapter
from firmware_sim.wires.daikin.board import Board, Refused
from firmware_sim.wires.daikin.page import Question
from firmware_sim.wires.daikin.words import NO_UNIT, WRONG, asked, line

_NOT_FOUND = line({"msg": "404 Not Found"}, WRONG)
_FIXED: dict[str, Mapping[str, str]] = {
    "common/get_remote_method": {"method": "home only", "notice_ip_int": "3600", "notice_sync_int": "60"},
    "common/get_notify": {"auto_off_flg": "0", "auto_off_tm": "- -"},
    "common/get_datetime": {"sta": "2", "cur": "2026/1/1 12:0:0", "reg": "eu", "dst": "1", "zone": "313"},
    "common/notify_date_time": {},
    "aircon/get_target": {"target": "0"},
    "aircon/get_price": {"price_int": "27", "price_dec": "0"},
}


class Pages:
    """`port`: where they are served."""

    def __init__(self, adapter: Adapter, board: Board, port: Callable[[], int]) -> None:
        self._adapter = adapter
        self._board = board
        self._port = port
        self._holiday = "0"
        self._made: dict[str, Callable[[Mapping[str, str]], Mapping[str, str]]] = {
            "common/basic_info": lambda _: self._card(),
            "aircon/get_control_info": lambda _: board.control(),
            "aircon/get_sensor_info": lambda _: board.sensors(),
            "aircon/get_model_info": lambda _: board.model(adapter.model),
            "aircon/set_control_info": self._set_control,
            "aircon/set_special_mode": board.set_special,
            "common/get_holiday": lambda _: {"en_hol": self._holiday},
            "common/set_holiday": self._set_holiday,
        }

    def introduction(self) -> str:
        """Return `common/basic_info`, which is the answer to who looks around too."""
        return line(self._card())

    def answer(self, question: Question) -> tuple[str, int]:
        """Return the text of a page and its status."""
        path = question.path
        if NEW in self._adapter.quirks or not (path in _FIXED or path in self._made):
            return _NOT_FOUND, 404
        if "no-unit" in self._adapter.quirks and path.startswith("aircon/"):
            return line({}, NO_UNIT), 200
        try:
            return line(_FIXED[path] if path in _FIXED else self._made[path](asked(question.query))), 200
        except Refused:
            return line({}, WRONG), 200

    def _card(self) -> Mapping[str, str]:
        return self._adapter.card(power=self._board.power, error=self._board.error, port=self._port())

    def _set_control(self, words: Mapping[str, str]) -> Mapping[str, str]:
        self._board.set_control(words)
        return {"adv": self._board.special}

    def _set_holiday(self, words: Mapping[str, str]) -> Mapping[str, str]:
        if (holiday := words.get("en_hol", "")) not in {"0", "1"}:
            raise Refused
        self._holiday = holiday
        return {}
