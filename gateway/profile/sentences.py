"""What the hub says in English, for everybody who reads Chinese: sentences with what is filled in, looked up in `sentences.yaml`.

Reasons are written where they arise, in one language, and stand so in reports that are kept. Here they get their other one.
Whoever writes a new reason adds a row; one that has none is marked as English rather than passed off as Chinese.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("sentences.yaml")
_FILLED: Final = re.compile(r"\{(\w+)\}")
_INNER: Final = "why"
_AND: Final = "; "
Rows = tuple[tuple[re.Pattern[str], str], ...]


def in_languages(said: str) -> Mapping[str, str]:
    """Return what the hub said in both languages."""
    return {"en": said, "zh-Hans": _marked(said)}


def _marked(said: str) -> str:
    """Return what the hub said in Chinese, else as it is and marked."""
    return chinese(said) or (_file()["marked"].format(said=said) if said else "")


def chinese(said: str) -> str | None:
    """Return what the hub said in Chinese, None where nobody has put it so."""
    plain, open_ones = _rows()
    return _looked_up(said, plain) or _parted(said) or _looked_up(said, open_ones)


def _looked_up(said: str, rows: Rows) -> str | None:
    for pattern, text in rows:
        if found := pattern.fullmatch(said):
            facts = found.groupdict()
            return text.format(**facts | ({_INNER: _marked(facts[_INNER])} if _INNER in facts else {}))
    return None


def _parted(said: str) -> str | None:
    """Return several sentences, each in its turn; None where one of them is not known."""
    parts = said.split(_AND)
    told = [chinese(part) for part in parts] if len(parts) > 1 else []
    return str(_file()["between"]).join(each for each in told if each) if told and all(told) else None


@cache
def _file() -> Mapping[str, Any]:
    from gateway.profile.resolver import read_yaml  # noqa: PLC0415 - brings a reader of YAML, and most hubs never ask

    return read_yaml(FILE)


@cache
def _rows() -> tuple[Rows, Rows]:
    """Return the rows that begin with a word, and those that begin with a fact: these would take what is several sentences."""
    rows = [(row["en"], (_pattern(row["en"]), row["zh-Hans"])) for row in _file()["sentences"]]
    return tuple(row for en, row in rows if en[0] != "{"), tuple(row for en, row in rows if en[0] == "{")


def _pattern(english: str) -> re.Pattern[str]:
    """Return what finds a sentence, whatever is filled in; a fact is as short as it can be."""
    parts = _FILLED.split(english)
    return re.compile("".join(f"(?P<{part}>.*?)" if at % 2 else re.escape(part) for at, part in enumerate(parts)), re.DOTALL)
