"""Templates: what is read, and what is refused with the construct and where it stands."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.drivers.mqttdiscovery.template import template_of
from gateway.errors import WireError

TOLD = '{"a": {"b": [{"c": "4"}]}, "n": 21.456, "s": "idle", "t": true, "l": ["x"], "none": null}'

READ = {
    "{{ value_json.a.b[0]['c'] }}": "4",
    "{{ value_json.a.b.0.c | int + 1 }}": "5",
    "{{ value_json.n | round(1) }}": "21.5",
    "{{ value_json.n | round }}": "21",
    "{{ value_json.n | round(0, 'ceil') }}": "22",
    "{{ (value_json.n * 9 / 5 + 32) | round(2) }}": "70.62",
    "{{ {'idle': 'off', 'heat': 'heating'}[value_json.s] }}": "off",
    "{% set words = {None: None, 'idle': 'off'} %}{{ words[value_json.s] }}": "off",
    "{{ 'yes' if value_json.t else 'no' }}": "yes",
    "{% if value_json.n > 30 %}hot{% elif value_json.n > 20 -%} warm {%- else %}cold{% endif %}": "warm",
    "{{ value_json.missing | default('none') }}": "none",
    "{{ value_json.missing }}": "",
    "{{ value_json.s | upper }} {{ value_json['s'] | title }}": "IDLE Idle",
    "{{ value_json.n // 10 }}{{ 7 % 4 }}{{ 2 ** 3 }}{{ 1 ~ 'a' }}": "2.0381a",
    "{{ 1 < 2 <= 2 and not 3 in [1, 2] }}": "True",
    "{{ value_json.missing is defined or value_json.none is none }}": "True",
    "{{ value_json.l[0] in ('x', 'y') }}": "True",
    "{{ value[0:3] }}": '{"a',
    "{{ -value_json.n | float }}": "-21.456",
    "{{ value_json.s.replace('i', 'I').lower() }}": "idle",
    "{{ value_json.get('q', 3) }}": "3",
    "{{ '%0.1f' | format(value_json.n) }} {{ '%d %%' % value_json.n }}": "21.5 21 %",
    "{{ value_json.n | multiply(0.5) | add(1) | int }}": "11",
    "{{ iif(value_json.t, 'a', 'b') }}{{ float('x', 0) }}": "a0",
    "a{# no word of this #}b{{- 1 }} ": "ab1",
    "{{ 'it''s' \" two\" }}": "its two",
    "{{ '{{ value }}' }}": "{{ value }}",
    "{{ value_json.l | join(',') }}{{ value_json.l | length }}{{ [3, 1] | min }}": "x11",
    "{{ 1 if false }}": "",
}
REFUSED = {
    "{% for x in value %}{{ x }}{% endfor %}": "the statement 'for', at character 4",
    "{% macro m() %}{% endmacro %}": "the statement 'macro'",
    "{% import 'x' as y %}": "the statement 'import'",
    "{% include 'x' %}": "the statement 'include'",
    "{% raw %}{{ x }}{% endraw %}": "the statement 'raw'",
    "{{ states('sensor.x') }}": "a call of 'states', at character 4",
    "{{ now() }}": "a call of 'now'",
    "{{ namespace(a=1) }}": "a call of 'namespace'",
    "{{ range(10) }}": "a call of 'range'",
    "{{ value.format(1) }}": "a call of .format",
    "{{ value() }}": "a call, at character 9",
    "{{ value.__class__ }}": "the member .__class__",
    "{{ value_json.update }}": "write ['update']",
    "{{ entity_id }}": "the name 'entity_id'",
    "{{ value | regex_replace('a', 'b') }}": "the filter 'regex_replace'",
    "{{ value | timestamp_custom('%H') }}": "the filter 'timestamp_custom'",
    "{{ value is match('a') }}": "the test 'match'",
    "{% set x.y = 1 %}": "'.' where '=' is expected",
    "{{ value": "a block without '}}'",
    "{% if value %}": "an 'if' without 'endif'",
    "{% if 1 if 1 else 0 %}a{% endif %}": "'if', at character 9",
    "{{ 1 if value is defined if 1 }}": "behind a test",
    "{% endif %}": "'endif' without an 'if'",
    "{{ 1 + }}": "where a name is expected",
    "{{ value) }}": "closes nothing",
    "{{ 'a }}": 'the sign "\'"',
    "{{ value @ 1 }}": "the sign '@'",
    "{# a": "a comment without an end",
    "{{ " + "(" * 60 + "1" + ")" * 60 + " }}": "nested that deeply",
    "{{ " + "not " * 60 + "1 }}": "nested that deeply",
    "{{ " + "-" * 60 + "1 }}": "nested that deeply",
    "{% if 1 %}" * 12 + "{% endif %}" * 12: "conditions nested that deeply",
    "{{ " + "+".join("1" * 600) + " }}": "more than 512 operations",
    "x" * 9000: "9000 characters",
    "{{ " + "9" * 50 + " }}": "a number that long",
    "{{ value | int(" + "'" + "}}": "the sign",
}
FAILED = {
    "{{ value_json.missing.deeper }}": "lacks",
    "{{ value_json.missing | is_defined }}": "lacks",
    "{{ value_json.missing | float(0) }}": "lacks",
    "{{ value_json.s | float }}": "number",
    "{{ value_json.s * 100000 }}": "too large",
    "{{ 'a' * 70000 }}": "too large",
    "{{ [1] * 70000 }}": "too large",
    "{{ 10 ** 100 }}": "too large",
    "{% set a = 'x' * 60000 %}{{ a ~ a }}": "too large",
    "{{ 'aaaa'.replace('', 'b' * 60000) }}": "too large",
    "{{ '%999999999d' % 1 }}": "form",
    "{{ '%s%s' % (1, 2) }}{{ '%(a)s' % value_json }}": "form",
    "{{ 1 / 0 }}": "fit",
    "{{ value_json.l < 3 }}": "fit",
    "{{ 1 | round(10 ** 9) }}": "no number has",
    "{{ 5 | int(base=7) }}": "base",
    "{{ value_json.s.get('a') }}": "get",
}


@pytest.mark.parametrize(("source", "made"), READ.items())
def test_what_is_read(source: str, made: str) -> None:
    assert template_of(source).of(TOLD) == made


@pytest.mark.parametrize(("source", "why"), REFUSED.items(), ids=lambda text: text[:40])
def test_what_loops_calls_or_is_too_long_is_refused_with_the_reason(source: str, why: str) -> None:
    with pytest.raises(WireError) as refused:
        template_of(source)
    assert why in str(refused.value)


@pytest.mark.parametrize(("source", "why"), FAILED.items(), ids=lambda text: text[:40])
def test_a_message_that_does_not_fit_says_nothing(source: str, why: str) -> None:
    template = template_of(source)
    with pytest.raises(WireError) as failed:
        template.of(TOLD)
    assert why in str(failed.value)


def test_a_value_that_is_sent_may_have_more_names() -> None:
    template = template_of("{{ value }} {{ hue }} {{ sat }}", frozenset({"hue", "sat"}))
    assert template.said(7, {"hue": 120}) == "7 120"


def test_a_chain_as_long_as_may_be_is_a_text_or_a_refusal() -> None:
    for source in ("{{ value | " + " | ".join(["string"] * 480) + " }}", "{{ " + "~".join(["value"] * 240) + " }}"):
        assert outcome(source, "x" * 200)


@given(source=st.text(alphabet="{}%#-| ()[]'\"\\.,:~+*/<>=!&valuejson_ifendstr01 \n", max_size=60), payload=st.text(max_size=20))
def test_whatever_is_sent_as_a_template_is_a_text_or_a_refusal(source: str, payload: str) -> None:
    outcome(source, payload)


def outcome(source: str, payload: str) -> str:
    """Return what a template makes of a message, or why it makes nothing; any other exception passes."""
    try:
        return template_of(source).of(payload)
    except WireError as error:
        return str(error)
