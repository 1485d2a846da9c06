"""How columns are read and written: the common readers and writers over them, and this make's own.

target  the temperature it aims at, over several columns, see `degrees`; written `within: [least, most]` degrees
sensor  a measured temperature; 0: it has no such sensor
"""

from collections.abc import Mapping
from typing import Any

from gateway.drivers.gree.column import Order, Shown, column
from gateway.drivers.gree.degrees import OFFSET_COLUMN, columns_of, target
from gateway.drivers.parts.reading import Reader, Readers
from gateway.drivers.parts.writing import Writer, Writers, given, refused
from gateway.thing.value import Value


def _sensor(spec: Mapping[str, Any]) -> Reader:
    where = column(spec["sensor"])

    def read(shown: Shown) -> Value:
        raw = where.get(shown)
        return raw - shown.get(OFFSET_COLUMN, 0) if raw else None

    return read


def _write_target(name: str, spec: Mapping[str, Any]) -> Writer:
    least, most = spec["within"]

    def write(asked: Order, value: Value) -> None:
        number = given(name, value)
        columns = columns_of(number, asked.shown)
        if columns is None or not least <= number <= most or not (2 * number).is_integer():
            raise refused(name, value)
        for each, raw in columns.items():
            column(each).put(asked, raw)

    return write


READERS = Readers(column, {"target": lambda _: target, "sensor": _sensor})
WRITERS = Writers(column, {"target": _write_target})
