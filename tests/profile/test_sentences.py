"""What the hub says in English has its Chinese, with what is filled in; what has none is marked and not passed off."""

# ruff: noqa: RUF001 - it is Chinese

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.sheet.words import filled
from gateway.profile.resolver import read_yaml
from gateway.profile.sentences import FILE, chinese, in_languages
from gateway.scenes import aftermath, asking, execution, rollback, undoing
from gateway.scenes.effects import effect, effects, measured, silence

ENGLISH = "（英文）"
ROWS = read_yaml(FILE)["sentences"]
SAID = (
    *(asking.GONE, asking.NOT_HEARD, aftermath.INTERRUPTED, execution.STOPPED, execution.ROLLED, execution.NOTHING_LEFT),
    *(effects.AGAIN, effects.NOT_DONE),
    *(rollback.NO_WAY, rollback.UNSEEN, undoing.MOVED, effect.NOBODY, measured.NOTHING, silence.ABSENT),
)


@pytest.mark.parametrize("said", SAID)
def test_what_stands_in_every_report_has_its_chinese(said: str) -> None:
    assert chinese(said), f"{said!r} needs a row in {FILE}"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("there is no room 'cellar' in this home", "本住宅没有房间 'cellar'"),
        ("line 3: lamp: not shown within 30 s", "第 3 行：lamp：30 秒内未显示已执行"),
        ("not shown within 3 s; it cannot be reached", "3 秒内未显示已执行；无法连接"),
        ("no answer to 3 questions in a row: no answer in time", "连续 3 次询问无应答：未及时应答"),
        ("line 4: what nobody has foreseen", f"第 4 行：what nobody has foreseen{ENGLISH}"),
        ("what nobody has foreseen", f"what nobody has foreseen{ENGLISH}"),
        ("", ""),
    ],
)
def test_a_sentence_is_told_with_its_facts_and_what_is_inside_it(said: str, told: str) -> None:
    assert in_languages(said) == {"en": said, "zh-Hans": told}


def test_every_row_fills_in_no_more_than_it_is_given_and_is_found_before_any_other() -> None:
    for row in ROWS:
        blanks = {language: set(re.findall(r"\{(\w+)\}", text)) for language, text in row.items()}
        assert blanks.keys() == {"en", "zh-Hans"}, row
        assert blanks["zh-Hans"] <= blanks["en"], row
        facts = {blank: f"<{blank}>" for blank in blanks["en"]} | ({"why": "no answer"} if "why" in blanks["en"] else {})
        told = row["zh-Hans"].format(**facts | ({"why": "无应答"} if "why" in facts else {}))
        assert chinese(row["en"].format(**facts)) == told, f"another row takes it: {row}"


@given(st.text(max_size=80))
def test_whatever_is_said_is_told_and_never_raises(said: str) -> None:
    assert in_languages(said)["en"] == said
    assert in_languages(f"line 1: {said}")["zh-Hans"].startswith("第 1 行")


def test_a_fact_of_the_sheet_may_be_in_both_languages() -> None:
    told = filled("offline", device="Lamp", why=in_languages("no answer"))
    assert told == {"en": "Lamp cannot be reached: no answer", "zh-Hans": "Lamp 无法连接：无应答"}
