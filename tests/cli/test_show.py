"""What `hulian show` tells a person about a device beside its values."""

from types import TracebackType
from typing import Any, Self

import pytest

from gateway.cli import devices
from gateway.cli.standing import heading_lines
from gateway.thing.description import Locality

ANSWER: dict[str, Any] = {
    "id": "ac-1",
    "kind": "air-conditioner",
    "maturity": "deep",
    "availability": {"state": "offline", "reason": "no answer"},
    "links": [],
    "state": {"power": True, "$": {"seq": 1}},
    "private": {},
    "properties": {"power": {"schema": {"type": "boolean"}, "readOnly": False, "private": False, "unit": None}},
    "actions": {},
    "events": [],
    "features": [],
}


class Asked:
    """A gateway that knows one device."""

    locality = Locality.LOCAL

    def __init__(self, _data: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        return

    def call(self, _call: str, **_arguments: Any) -> Any:
        return ANSWER | {"locality": self.locality.value}


@pytest.mark.parametrize("locality", list(Locality))
def test_what_a_device_needs_from_outside_the_home_is_said_in_words(
    locality: Locality, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(devices, "Client", type("Known", (Asked,), {"locality": locality}))
    devices.show("ac-1")
    told = " ".join(capsys.readouterr().out.split())
    assert locality.sentence in told
    assert "no answer" in told


@pytest.mark.parametrize(
    ("wire", "told"), [(None, "offline: no answer"), ({"reason": "no answer"}, "offline"), ({"reason": "other"}, "offline: no answer")]
)
def test_why_a_device_is_away_is_said_once(wire: dict[str, Any] | None, told: str) -> None:
    named = ANSWER | {"name": "Bedroom AC", "room": "bedroom", "wire": wire}
    assert [line.plain for line in heading_lines(named)] == ["ac-1  Bedroom AC", "air-conditioner (deep), bedroom", told]
