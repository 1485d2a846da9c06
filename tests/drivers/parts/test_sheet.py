"""What drivers share of their mapping data, and what they make of a sighting and a description."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.drivers.parts.description import described
from gateway.drivers.parts.known import address_of, candidate_of
from gateway.drivers.parts.place import Place
from gateway.drivers.parts.reading import Readers
from gateway.drivers.parts.sheet import Sheet, common, kind_names, merged
from gateway.drivers.parts.table import Table, rows
from gateway.drivers.parts.writing import Writers
from gateway.drivers.spi import Registration, Sighting
from gateway.errors import Offline
from gateway.thing.description import Locality

DATA: dict[str, Any] = {
    "kind": "fan",
    "major": 1,
    "prefix": "fan",
    "title": "A fan",
    "maker": "Nobody",
    "interval": 15,
    "read": {"power": {"flag": "p"}, "offTimer": {"number": "t"}},
    "write": {"power": {"flag": "p"}},
    "features": {"PWR": {}, "TMR": {"gives": ["offTimer"]}},
    "limits": {"offTimer": {"maximum": 8}, "fanPercent": {"multipleOf": 5}},
}


def table(place: Callable[[Any], Place]) -> Table:
    return Table(**common(DATA), **rows(DATA, Readers(place), Writers(place)))


class Named:
    """A place that is a name."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get(self, shown: dict[str, int]) -> int | None:
        return shown.get(self.name)

    def put(self, asked: dict[str, Any], raw: Any) -> None:
        asked[self.name] = raw

    def fits(self, raw: Any) -> bool:
        return raw is not None


def test_what_is_null_in_a_change_is_taken_away_and_the_rest_stays() -> None:
    base = {"read": {"power": {"flag": 1}, "mode": {"word": 2, "words": {1: "auto", 2: "cool"}}}, "infer": "fan"}
    change = {"read": {"power": None, "mode": {"words": {2: None, 3: "dry"}}}, "infer": None, "words": {"fanMode": {"auto": None}}}
    whole = merged(base, change)
    assert whole == {"read": {"mode": {"word": 2, "words": {1: "auto", 3: "dry"}}}, "words": {"fanMode": {"auto": None}}}
    assert base["infer"] == "fan"


def test_a_null_that_nobody_changes_stays() -> None:
    assert merged({"words": {"auto": None, "low": 1}}, {"words": {"low": 2}}) == {"words": {"auto": None, "low": 2}}


def test_the_names_of_the_files_are_the_kinds(tmp_path: Path) -> None:
    for name in ("washing-machine.yaml", "washing-machine.da.yaml", "fan.yaml", "notes.txt"):
        (tmp_path / name).write_text("not read")
    assert kind_names(tmp_path) == ("fan", "washing-machine")


def test_a_table_reads_what_is_shown_and_has_the_features_of_it() -> None:
    known = table(Named)
    assert known.read({"p": 1}) == {"power": True}
    assert known.read({"p": 0, "t": 3}) == {"power": False, "offTimer": 3}
    assert known.features_of(["power"]) == ("PWR",)
    assert known.features_of(["power", "offTimer"]) == ("PWR", "TMR")


@pytest.mark.parametrize(
    ("features", "narrowed"), [(("PWR",), {"fanPercent"}), (("PWR", "TMR"), {"fanPercent", "offTimer"})], ids=["without", "with"]
)
def test_limits_of_what_a_feature_brings_go_with_the_feature(features: tuple[str, ...], narrowed: set[str]) -> None:
    known = table(Named)
    assert set(described(known, "toy", "7", features=features, narrowing=known.limits, identity={}).narrowing) == narrowed


def test_a_description_says_who_it_is_and_nothing_empty() -> None:
    sheet = Sheet(**common(DATA))
    plain = described(sheet, "toy", "7", features=(), narrowing={}, identity={"model": "", "sw": "1.2"})
    assert plain.identity == {"maker": "Nobody", "sw": "1.2"}
    assert (plain.kind, plain.major, plain.title, plain.locality, dict(plain.additions)) == ("fan", 1, "A fan", Locality.LOCAL, {})
    named = described(sheet, "toy", "7", features=(), narrowing={}, identity={"maker": "Somebody"}, locality=Locality.CLOUD_KEY)
    assert (named.identity, named.locality, named.id) == ({"maker": "Somebody"}, Locality.CLOUD_KEY, plain.id)
    assert plain.id.startswith("fan-")
    others = {described(sheet, driver, key, features=(), narrowing={}, identity={}).id for driver, key in (("toy", "8"), ("other", "7"))}
    assert len(others | {plain.id}) == 3


def test_a_candidate_is_where_and_what_the_sighting_says() -> None:
    seen = Sighting(source="broadcast", service="toy", name="x", address="127.0.0.9", port=7, facts={"id": "7"})
    found = candidate_of(seen, "7", "A fan", "fan", ("key",))
    assert (found.driver, found.key, found.title, found.kind, found.needs) == ("toy", "7", "A fan", "fan", ("key",))
    assert (found.address, found.port, found.facts) == ("127.0.0.9", 7, {"id": "7"})


def test_a_unit_that_was_never_seen_is_offline() -> None:
    assert address_of(Registration(driver="toy", key="7", address="127.0.0.9")) == "127.0.0.9"
    with pytest.raises(Offline, match="not been seen"):
        address_of(Registration(driver="toy", key="7"))
