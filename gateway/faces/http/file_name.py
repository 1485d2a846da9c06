"""What the files of a conformance run are called: whose they are, of when, and how it ended, in characters that every system takes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final
from unicodedata import category, normalize
from urllib.parse import quote

from gateway.home.home import Home
from gateway.profile.kind_names import name_of
from gateway.thing.timestamp import from_iso

LONGEST: Final = 120
"""Bytes of what an appliance is called in a file name: a whole name may have 255."""
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "conformant": {"en": "conformant", "zh-Hans": "符合"},
    "not-conformant": {"en": "not-conformant", "zh-Hans": "不符合"},
    "incomplete": {"en": "incomplete", "zh-Hans": "不完整"},
    "stopped": {"en": "stopped", "zh-Hans": "已停止"},
    "failed": {"en": "broken-off", "zh-Hans": "已中断"},
    "running": {"en": "running", "zh-Hans": "进行中"},
    "": {"en": "no-verdict", "zh-Hans": "无结论"},
}


def attachment(home: Home, run: Mapping[str, Any], file: str) -> str:
    """Return the Content-Disposition (RFC 6266) of a file of a run: in the language of its report, and plain for who reads no other."""
    whole = _named(_appliance(home, run), run, file, run["language"])
    plain = _named(run["device"] or f"simulated-{run['simulator']['kind']}", run, file, "en").encode("ascii", "ignore").decode()
    more = "" if whole == plain else f"; filename*=UTF-8''{quote(whole, safe='')}"
    return f'attachment; filename="{plain}"{more}'


def safe(words: str) -> str:
    """Return words as a part of a file name: letters, digits and marks of any script, and a dash for everything else."""
    kept = (each if category(each)[0] in "LNM" else "-" for each in normalize("NFC", words))
    short = "".join(kept).encode()[:LONGEST].decode(errors="ignore")
    return "-".join(filter(None, short.split("-")))


def _named(appliance: str, run: Mapping[str, Any], file: str, language: str) -> str:
    began = datetime.fromtimestamp(from_iso(run["began"]), UTC).astimezone()  # the hub's own time, as on the page
    ended = run["standing"] if run["state"] == "ended" else run["state"]
    return "_".join((safe(appliance) or "appliance", began.strftime("%Y-%m-%d-%H%M"), _WORDS.get(ended, _WORDS[""])[language], file))


def _appliance(home: Home, run: Mapping[str, Any]) -> str:
    """Return what was judged, as people call it; one that is gone, by its id."""
    language, simulator = run["language"], run["simulator"]
    if simulator is not None:
        simulated = {"en": "simulated ", "zh-Hans": "模拟"}[language]
        return f"{simulated}{name_of(simulator['kind'])[language]} {simulator['twin']}"
    if run["device"] not in home.devices():
        return str(run["device"])
    twin = home.twin(run["device"])
    unnamed = twin.name in {*twin.instance.model.titles.values(), twin.description.kind}
    return name_of(twin.description.kind)[language] if unnamed else twin.name
