import cbor2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadFormat, BadSyntax, CommandError, NotAcceptable, TooLarge
from gateway.protocol.payload import SENML_CBOR, SENML_JSON
from gateway.protocol.senml import Record, senml_pack, senml_unpack

FORMATS = pytest.mark.parametrize("content_format", [SENML_JSON, SENML_CBOR])
numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
records = st.builds(
    Record,
    st.text(min_size=1),
    st.booleans() | numbers | st.text(),
    st.none() | st.just("Cel"),
    st.none() | st.floats(min_value=1, max_value=1e12),
)


@given(st.text(), st.lists(records, max_size=5), st.sampled_from([SENML_JSON, SENML_CBOR]))
def test_records_come_back_with_full_names(base: str, given_records: list[Record], content_format: int) -> None:
    expected = tuple(Record(base + record.name, record.value, record.unit, record.time) for record in given_records)
    assert senml_unpack(senml_pack(base, given_records, content_format), content_format) == expected


@given(st.binary(max_size=100), st.sampled_from([SENML_JSON, SENML_CBOR]))
def test_any_bytes_are_records_or_a_command_error(payload: bytes, content_format: int) -> None:
    try:
        senml_unpack(payload, content_format)
    except CommandError:
        return


fields = st.fixed_dictionaries(
    {},
    optional={
        name: st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(0, 20) | st.text(max_size=3)
        for name in ("bn", "bt", "bu", "bv", "bver", "n", "u", "v", "vs", "vb", "vd", "s", "t", "ut", "x_", "y")
    },
)


@given(st.lists(fields, max_size=4))
def test_any_mixture_of_fields_is_records_or_bad_syntax(pack: list[dict[str, object]]) -> None:
    try:
        found = senml_unpack(orjson.dumps(pack))
    except BadSyntax:
        return
    assert all(record.name for record in found)


def test_base_fields_hold_until_the_next_ones() -> None:
    pack = [
        {"bn": "urn:dev:1:", "bt": 1000, "bu": "Cel", "bv": 20, "n": "a", "v": 1.5, "t": -5},
        {"n": "b", "v": 2, "u": "K"},
        {"n": "c", "vb": True},
        {"bn": "urn:dev:2:", "bt": 0},
        {"n": "d", "vs": "on"},
        {"n": "e"},
    ]
    assert senml_unpack(orjson.dumps(pack)) == (
        Record("urn:dev:1:a", 21.5, "Cel", 995),
        Record("urn:dev:1:b", 22, "K", 1000),
        Record("urn:dev:1:c", True, "Cel", 1000),
        Record("urn:dev:2:d", "on", "Cel"),
        Record("urn:dev:2:e", 20, "Cel"),
    )


def test_cbor_labels_are_those_of_the_rfc() -> None:
    packed = senml_pack("urn:x:", [Record("t", 21.5, "Cel", 1e9), Record("on", True), Record("m", "cool")], SENML_CBOR)
    assert cbor2.loads(packed) == [{-2: "urn:x:", 0: "t", 1: "Cel", 2: 21.5, 6: 1e9}, {0: "on", 4: True}, {0: "m", 3: "cool"}]


def test_base_time_in_cbor_is_added() -> None:
    assert senml_unpack(cbor2.dumps([{-2: "x", -3: 1e9, 2: 1, 6: 5}]), SENML_CBOR) == (Record("x", 1, None, 1e9 + 5),)


@pytest.mark.parametrize(
    "pack",
    [
        {"n": "a", "v": 1},
        [1],
        [{"v": 1}],
        [{"n": "a"}],
        [{"n": "a", "v": 1, "vs": "x"}],
        [{"n": "a", "vd": "aGk"}],
        [{"n": "a", "v": True}],
        [{"n": "a", "vb": 1}],
        [{"n": "a", "s": 1}],
        [{"n": 1, "v": 1}],
        [{"bn": None, "n": "a", "v": 1}],
        [{"n": "a", "v": 1, "t": "now"}],
        [{"n": "a", "v": 1, "new_": 1}],
        [{"bver": 11, "n": "a", "v": 1}],
        [{"n": "a", "v": None}],
        [{"bv": 1.5e308, "n": "a", "v": 1.5e308}],
        [{"bt": 1.5e308, "n": "a", "v": 1, "t": 1.5e308}],
    ],
)
def test_a_pack_against_the_rules_is_bad_syntax(pack: object) -> None:
    with pytest.raises(BadSyntax):
        senml_unpack(orjson.dumps(pack))


@FORMATS
def test_too_much_is_too_large(content_format: int) -> None:
    with pytest.raises(TooLarge):
        senml_unpack(b"[" * 70_000, content_format)


def test_other_formats_are_refused() -> None:
    with pytest.raises(BadFormat):
        senml_unpack(b"[]", 50)
    with pytest.raises(NotAcceptable):
        senml_pack("", [], 50)
    with pytest.raises(BadSyntax):
        senml_pack("x", [Record("a", float("nan"))], SENML_CBOR)
