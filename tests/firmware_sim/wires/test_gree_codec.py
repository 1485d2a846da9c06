"""What hides a letter, and what a temperature looks like: vectors made by greeclimate's ciphers and tables, and noise."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_sim.wires.gree.degrees import fahrenheit, from_fahrenheit, sensed
from firmware_sim.wires.gree.fault import Unreadable
from firmware_sim.wires.gree.seal import SHARED_KEYS, hide, reveal

BIND = {"t": "bind", "mac": "f4911e7aca59", "uid": 0}
STATUS = {"t": "status", "cols": ["Pow"]}
OWN_KEY = b"0123456789abcdef"
VECTORS = [
    (1, SHARED_KEYS[1], BIND, "UH1xnvFY7toQqZpWdQqnj0BQbibXpqCeRWqZm0U/6vM1dHCjPP3ZbkM1xNUUj/vM", None),
    (2, SHARED_KEYS[2], BIND, "JtoKliwv65K66JiVdmlXWs4iqtkCwEHyOVVlWO2KxanELy9DzUMrI4y37ayUFw==", "BnW8oX8/9sCh4v8JFhDBag=="),
    (1, OWN_KEY, STATUS, "5j75rUBYeQEco8h5af8rRdxtkjyIj5lloLmdfmrgQns3ciLgYakkxZHNnCfqFj7U", None),
    (2, OWN_KEY, STATUS, "i3fKw/EGNPllBLvJJ5mxos/wUcUbrhBi1k26eNVY2lA=", "tyGR1LXvQCYdQzaABlmjbw=="),
]
WARM = {61: (16, 1), 64: (18, 0), 68: (20, 0), 70: (21, 1), 72: (22, 1), 73: (23, 0), 77: (25, 0), 81: (27, 1), 85: (29, 1), 86: (30, 0)}


@pytest.mark.parametrize(("version", "key", "letter", "pack", "tag"), VECTORS)
def test_what_greeclimate_hides_is_revealed(version: int, key: bytes, letter: dict[str, object], pack: str, tag: str | None) -> None:
    assert reveal(version, key, {"pack": pack} | ({"tag": tag} if tag else {})) == letter


@given(st.sampled_from([1, 2]), st.dictionaries(st.text(max_size=8), st.integers(-9, 9) | st.text(max_size=20), max_size=6))
def test_letters_come_back_as_they_went(version: int, letter: dict[str, object]) -> None:
    hidden = hide(version, OWN_KEY, letter)
    assert reveal(version, OWN_KEY, hidden) == letter
    assert ("tag" in hidden) is (version == 2)
    with pytest.raises(Unreadable):
        reveal(3 - version, OWN_KEY, hidden)
    with pytest.raises(Unreadable):
        reveal(version, OWN_KEY[::-1], hidden)


@given(st.binary(max_size=120), st.binary(max_size=20))
def test_noise_is_unreadable_and_nothing_else(pack: bytes, tag: bytes) -> None:
    for version in (1, 2):
        with pytest.raises(Unreadable):
            reveal(version, OWN_KEY, {"pack": base64.b64encode(pack).decode(), "tag": base64.b64encode(tag).decode()})


@pytest.mark.parametrize("version", [1, 2])
def test_a_letter_is_an_object(version: int) -> None:
    for letter in ([1], "x", 7, None):
        with pytest.raises(Unreadable):
            reveal(version, OWN_KEY, hide(version, OWN_KEY, letter))  # type: ignore[arg-type]


@pytest.mark.parametrize("members", [{}, {"pack": 7}, {"pack": "?"}, {"pack": ""}, {"pack": "AA=="}])
def test_what_carries_no_letter_is_unreadable(members: dict[str, object]) -> None:
    for version in (1, 2):
        with pytest.raises(Unreadable):
            reveal(version, OWN_KEY, members)


@pytest.mark.parametrize(("warm", "columns"), WARM.items())
def test_fahrenheit_is_written_as_greeclimate_writes_it(warm: int, columns: tuple[int, int]) -> None:
    assert from_fahrenheit(warm) == columns
    assert fahrenheit(*columns) == warm


@pytest.mark.parametrize(("celsius", "plain", "column"), [(25.4, False, 65), (25.6, True, 26), (-3.0, False, 37), (None, False, 0)])
def test_a_sensor_shows_whole_degrees_with_or_without_forty(celsius: float | None, plain: bool, column: int) -> None:
    assert sensed(celsius, plain=plain) == column
