import json
import math
import struct

import cbor2
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import BadFormat, BadSyntax, CommandError, NotAcceptable, TooLarge
from gateway.protocol.payload import CBOR, JSON, LIMIT, MERGE_PATCH, NESTING, TD_JSON, decode, encode
from gateway.thing.value import Value

numbers = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False, allow_infinity=False)
scalars = st.none() | st.booleans() | numbers | st.text()
values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20)


@given(values, st.sampled_from([JSON, MERGE_PATCH, TD_JSON, CBOR]))
def test_every_json_value_comes_back_as_it_went(value: Value, content_format: int) -> None:
    assert decode(encode(value, content_format), content_format) == value


@given(st.binary(max_size=200), st.sampled_from([JSON, CBOR, None]))
def test_any_bytes_are_a_value_or_a_command_error(payload: bytes, content_format: int | None) -> None:
    try:
        value = decode(payload, content_format)
    except CommandError:
        return
    encode(value, JSON)
    encode(value, CBOR)


@given(values)
def test_our_cbor_reader_agrees_with_cbor2(value: Value) -> None:
    assert decode(cbor2.dumps(value), CBOR) == cbor2.loads(cbor2.dumps(value))


@given(values)
def test_indefinite_lengths_are_read(value: Value) -> None:
    assert decode(cbor2.dumps(value, indefinite_containers=True), CBOR) == value


def test_text_in_pieces_is_joined() -> None:
    assert decode(b"\x7f\x62ab\x61c\xff", CBOR) == "abc"


def test_a_missing_format_reads_as_json() -> None:
    assert decode(b'{"power":true}', None) == {"power": True}


def test_of_a_key_that_comes_twice_the_last_counts() -> None:
    assert decode(b'{"a":1,"a":2}', JSON) == {"a": 2}
    assert decode(b"\xa2\x61a\x01\x61a\x02", CBOR) == {"a": 2}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"{",
        b"NaN",
        b"-Infinity",
        b"1e400",
        b'"\xff"',
        b'"\\ud800"',
        b"{1:2}",
        b"1 2",
        b"'a'",
        b"18446744073709551616",
        b"-9223372036854775809",
        b'{"a":[18446744073709551616]}',
        b"9" * 30,
        b"-" + b"9" * 5000,
    ],
)
def test_what_is_no_json_value_is_bad_syntax(payload: bytes) -> None:
    with pytest.raises(BadSyntax):
        decode(payload, JSON)


@pytest.mark.parametrize(
    "payload", [b'"99999999999999999999999"', b"0.12345678901234567890123", b"18446744073709551615", b"-9223372036854775808"]
)
def test_long_runs_of_digits_that_are_no_wide_integer_pass(payload: bytes) -> None:
    assert decode(payload, JSON) == json.loads(payload)


@pytest.mark.parametrize(
    ("payload", "what"),
    [
        (cbor2.dumps(cbor2.CBORTag(35, "(a+)+$")), "regular expression"),
        (cbor2.dumps(2**70), "big number"),
        (cbor2.dumps(b"bytes"), "byte string"),
        (cbor2.dumps(cbor2.undefined), "undefined"),
        (cbor2.dumps(cbor2.CBORSimpleValue(99)), "simple value"),
        (b"\xf9\x7e\x00", "NaN"),
        (b"\xfb" + struct.pack(">d", math.inf), "infinity"),
        (b"\x3b\xff\xff\xff\xff\xff\xff\xff\xff", "negative number below 64 bits"),
        (b"\xd8\x1d\x00", "shared value"),
        (b"\xd9\xd9\xf7\x01", "self-described"),
        (b"\xa1\x01\x02", "integer key"),
        (b"\xa1\xf5\x02", "boolean key"),
        (b"\x9b\xff\xff\xff\xff\xff\xff\xff\xff", "array longer than the payload"),
        (b"\x7b\xff\xff\xff\xff\xff\xff\xff\xff", "text longer than the payload"),
        (b"\x62\xff\xfe", "text that is not UTF-8"),
        (b"\x7f\x01\xff", "pieces that are not text"),
        (b"\x7f\x7f\xff\xff", "pieces in pieces"),
        (b"\xff", "break alone"),
        (b"\x9f\x01", "no break"),
        (b"\xbf\x61a\xff", "key without value"),
        (b"\x1c", "reserved length"),
        (b"\x1f", "indefinite integer"),
        (b"\x01\x01", "two values"),
        (b"", "nothing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_only_cbor_can_say_is_bad_syntax(payload: bytes, what: str) -> None:
    with pytest.raises(BadSyntax):
        pytest.fail(f"{what} read as {decode(payload, CBOR)!r}")


def nested(depth: int) -> Value:
    value: Value = []
    for _ in range(depth - 1):
        value = [value]
    return value


@pytest.mark.parametrize("content_format", [JSON, CBOR])
def test_nesting_ends_at_the_limit(content_format: int) -> None:
    assert decode(encode(nested(NESTING), content_format), content_format) == nested(NESTING)
    with pytest.raises(BadSyntax):
        decode(encode(nested(NESTING + 1), content_format), content_format)


@pytest.mark.parametrize("payload", [b"[" * 60_000, b'{"a":' * 10_000, b"\x81" * 60_000, b"\xa1\x61a" * 20_000, b"\x9f" * 60_000])
@pytest.mark.parametrize("content_format", [JSON, CBOR])
def test_a_tower_of_brackets_is_refused_without_harm(payload: bytes, content_format: int) -> None:
    with pytest.raises(BadSyntax):
        decode(payload, content_format)


def test_many_shallow_containers_are_not_deep() -> None:
    wide: Value = [[{}] for _ in range(1000)]
    assert decode(encode(wide, JSON), JSON) == wide


@pytest.mark.parametrize("content_format", [JSON, CBOR])
def test_size_is_looked_at_first(content_format: int) -> None:
    with pytest.raises(TooLarge):
        decode(b"\xff" * (LIMIT + 1), content_format)
    assert decode(b'"' + b"x" * LIMIT + b'"', JSON, limit=2 * LIMIT) == "x" * LIMIT


@pytest.mark.parametrize("content_format", [JSON, CBOR])
@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        math.inf,
        -math.inf,
        2**64,
        -(2**63) - 1,
        [math.nan],
        {"a": {"b": math.inf}},
        b"x",
        {1: 2},
        "\ud800",
        {"a": [None, math.nan]},
    ],
)
def test_what_has_no_json_form_is_never_written(value: Value, content_format: int) -> None:
    with pytest.raises(BadSyntax):
        encode(value, content_format)


@pytest.mark.parametrize("content_format", [JSON, CBOR])
def test_a_value_that_contains_itself_is_never_written(content_format: int) -> None:
    loop: list[Value] = []
    loop.append(loop)
    with pytest.raises(BadSyntax):
        encode(loop, content_format)


def test_null_beside_good_numbers_is_written() -> None:
    assert encode({"a": None, "b": 1.5}, JSON) == orjson.dumps({"a": None, "b": 1.5})


def test_unknown_formats_are_named_for_what_they_are() -> None:
    with pytest.raises(BadFormat):
        decode(b"x", 0)
    with pytest.raises(NotAcceptable):
        encode(1, 41)
