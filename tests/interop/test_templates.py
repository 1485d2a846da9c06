"""The small reader of templates held against the real one, in Home Assistant's own Python: what both take, both read alike."""

import json
import os
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.drivers.mqttdiscovery.announcement import entities_of
from gateway.drivers.mqttdiscovery.rows import leaves_of
from gateway.drivers.mqttdiscovery.template import template_of
from gateway.errors import WireError
from tests.interop.test_homeassistant import interpreter
from tests.kit.demo import ROOT

pytestmark = [pytest.mark.interop, pytest.mark.timeout(300)]
HERE = Path(__file__).parent
EACH = 10
"""Of ten announcements one is read: they are of all makers, and all of them take half a minute."""
TAKEN = 0.95
"""The share of what Zigbee2MQTT announces that has to be taken."""


class Oracle:
    """Home Assistant's templates, in a process of their own."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [str(python), str(HERE / "template_oracle.py")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )

    def __call__(self, source: str, payload: str) -> tuple[bool, str]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([source, payload]) + "\n")
        self._process.stdin.flush()
        ok, text = json.loads(self._process.stdout.readline())
        return bool(ok), str(text)

    def end(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    made = Oracle(interpreter("2025.4"))
    yield made
    made.end()


def ours(source: str, payload: str) -> tuple[bool, str]:
    try:
        return True, template_of(source).of(payload)
    except WireError as error:
        return False, str(error)


PAYLOADS = (
    '{"a": {"b": [{"c": "4"}, 2.5, null, true]}, "n": 21.456, "s": "On Air", "z": 0, "t": true, "e": "", "l": ["x", "y"]}',
    "23.5",
    "ON",
    "",
    '"text"',
    "[1, 2, 3]",
    '{"n": "7", "s": null}',
)
_leaf = st.sampled_from(
    """
    value;value_json;value_json.n;value_json.s;value_json['s'];value_json.a.b[0].c;value_json.a.b[0]['c'];value_json.a.b[1];value_json.missing
    value_json.l;value_json.l.0;value_json.t;1;2.50;-3
    'on';"O\\'n";none;true;[1, 'a'];{'a': 1};{'On Air': 'x', '4': 'y'}[value_json.s];(1, 2)
    '';0;value[0:2];value[-1:]
    """.strip()
    .replace("\n", ";")
    .replace("    ", "")
    .split(";")
)
_filter = st.sampled_from(
    """
    int;int(0);float;float(1);round;round(1);round(1, 'floor');round(0, 'ceil');default('d');default('d', true);d(5);lower;upper;title
    capitalize;trim;string;length;abs;is_defined;is_number;multiply(10);add(2);iif('y', 'n');bool(false);first;last;join('-');count
    replace('n', 'N');truncate(3, true, '', 0);tojson;to_json;min;max;bitwise_and(1);format(1);int(default=3);float(default=0)
    """.strip()
    .replace("\n", ";")
    .replace("    ", "")
    .split(";")
)
_test = st.sampled_from(
    ["defined", "undefined", "none", "number", "string", "mapping", "true", "in ['On Air', '4', 4]", "eq 0", "not none", "even", "boolean"]
)
_method = st.sampled_from(
    ["lower()", "upper()", "split('.')[0]", "replace('O', 'o')", "startswith('O')", "strip()", "get('n')", "get('q', 1)"]
)
_binary = st.sampled_from(["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", ">=", "in", "not in", "and", "or"])
_expression = st.recursive(
    _leaf,
    lambda inner: st.one_of(
        st.builds("{}|{}".format, inner, _filter),
        st.builds("({})|{}".format, inner, _filter),
        st.builds("{} {} {}".format, inner, _binary, inner),
        st.builds("({} {} {})".format, inner, _binary, inner),
        st.builds("{} if {} else {}".format, inner, inner, inner),
        st.builds("({} if {})".format, inner, inner),
        st.builds("{} is {}".format, inner, _test),
        st.builds("({}).{}".format, inner, _method),
        st.builds("not {}".format, inner),
        st.builds("-{}".format, inner),
        st.builds("float({}, 0)".format, inner),
        st.builds("iif({}, {}, {})".format, inner, inner, inner),
    ),
    max_leaves=8,
)
_piece = st.one_of(
    st.builds("{{{{ {} }}}}".format, _expression),
    st.builds("{{{{- {} -}}}} ".format, _expression),
    st.sampled_from([" ", "text", "\n", "{# note #}", " a\n"]),
    st.builds("{{% set v = {} %}}{{{{ v }}}}".format, _expression),
)
_template = st.recursive(
    st.lists(_piece, min_size=1, max_size=3).map("".join),
    lambda inner: st.one_of(
        st.builds("{{% if {} %}}{}{{% endif %}}".format, _expression, inner),
        st.builds("{{% if {} -%}}{}{{%- elif {} %}}{}{{% else %}} {}{{% endif %}}".format, _expression, inner, _expression, inner, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True, database=None)
@given(source=_template, payload=st.sampled_from(PAYLOADS))
def test_what_is_taken_is_read_as_home_assistant_reads_it(oracle: Oracle, source: str, payload: str) -> None:
    taken, text = ours(source, payload)
    theirs, told = oracle(source, payload)
    if taken:
        assert theirs, f"{source!r} of {payload!r}: {text!r} here, and there {told}"
        assert text == told, f"{source!r} of {payload!r}"
    elif theirs:
        assert "is not read" in text or "too large" in text or "form" in text, f"{source!r} of {payload!r}: {text} here, and there {told!r}"


@pytest.mark.parametrize(
    "source", ["{{ value_json.s|int(0) }}", "{{ '%0.1f'|format(value_json.n) }}", "{{ '%d' % value_json.n }}", "a{{ 1 }}\n"]
)
def test_some_that_firmwares_write(oracle: Oracle, source: str) -> None:
    for payload in PAYLOADS[:1]:
        assert ours(source, payload) == oracle(source, payload)


def definitions() -> Path:
    """Return the definitions of Zigbee2MQTT's devices, as its own extension is given them; skip where it is not installed."""
    if not (ROOT / ".interop" / "node_modules" / "zigbee2mqtt").exists():
        pytest.skip("Zigbee2MQTT is not installed: run `make interop`")
    return ROOT / ".interop"


def test_nearly_all_of_what_zigbee2mqtt_announces_is_taken(tmp_path: Path) -> None:
    environment = _node(definitions())
    listed, said = tmp_path / "definitions", tmp_path / "announced"
    with listed.open("wb") as out:
        subprocess.run(["node", str(HERE / "zigbee_definitions.cjs")], env=environment, stdout=out, check=True, timeout=120)
    command = ["node", str(HERE / "zigbee2mqtt_discovery.cjs"), str(tmp_path / "data")]
    with listed.open("rb") as given, said.open("wb") as out:
        subprocess.run(command, env=environment, stdin=given, stdout=out, check=True, timeout=120)
    left_out: Counter[str] = Counter()
    count = 0
    for line in said.read_bytes().splitlines()[::EACH]:
        told = json.loads(line)
        count += 1
        try:
            for entity in entities_of(told["topic"], told["payload"].encode()):
                _, reasons = leaves_of(entity)
                left_out.update(re.sub(r"'.*", "", reason) for reason in reasons[:1])
        except WireError as error:
            left_out[str(error)] += 1
    assert count > 2_500
    assert 1 - left_out.total() / count >= TAKEN, left_out.most_common(10)


def _node(folder: Path) -> dict[str, str]:
    return {**os.environ, "NODE_PATH": str(folder / "node_modules")}
