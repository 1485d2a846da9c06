"""A person names a device by as much of it as tells it from the others."""

import pytest

from gateway.faces.control.meaning import NEAREST, meant, nearest

NAMES = {
    "zb-6q1f": "Zigbee plug",
    "zb-7k2m": "kitchen bulb",
    "ac-1d06": "Bedroom AC",
    "ac-2c44": "",
    "plug-9": "zigbee plug of the shed",
}


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("Zigbee plug", ["zb-6q1f"]),
        ("zigbee plug", ["zb-6q1f"]),
        ("ZIGBEE", ["zb-6q1f", "plug-9"]),
        ("zb-", ["zb-6q1f", "zb-7k2m"]),
        ("zb-7", ["zb-7k2m"]),
        ("kitchen", ["zb-7k2m"]),
        ("shed", ["plug-9"]),
        ("bedroom ac", ["ac-1d06"]),
        ("cellar", []),
        ("", ["ac-2c44"]),
    ],
)
def test_the_closest_way_to_mean_something_counts(word: str, found: list[str]) -> None:
    assert meant(word, NAMES) == found


def test_where_none_is_meant_the_nearest_are_named_and_no_more_than_a_few() -> None:
    many = {f"lamp-{number}": f"Lamp {number}" for number in range(400)}
    assert nearest("kitchn bulp", {**many, **NAMES})[0] == "zb-7k2m"
    assert len(nearest("what", many)) == NEAREST
