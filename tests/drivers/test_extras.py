"""A wire whose library is not installed is told with what brings it, before anything answers on it."""

import sys

import pytest

from gateway.cli.diagnosis import print_diagnosis
from gateway.drivers.extras import libraries, missing_extras
from gateway.drivers.table import names

STATUS = {
    "gateway": "hub-1",
    "boot": 1,
    "since": "t",
    "version": "v",
    "mqtt": "mqtt://x",
    "broker": "mosquitto",
    "mqttVersion": "5",
    "mqttConnected": True,
    "coap": "coap://x",
    "coapDropped": {},
    "data": "/d",
    "internet": {"state": "unknown", "since": None, "sign": "nothing tells"},
    "mqttPromises": [],
    "sessions": [],
    "wiresInClear": [],
    "pages": "off",
}


def test_with_everything_installed_nothing_is_missing() -> None:
    assert missing_extras(names()) == ()


def test_without_the_cipher_each_wire_that_needs_it_names_its_own_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    told = {sentence.partition(" ")[0]: sentence for sentence in missing_extras(names())}
    assert set(told) == {name for name in names() if "cryptography" in libraries(name)} >= {"midea", "gree", "miio"}
    assert told["gree"] == "gree appliances cannot be used: cryptography is not installed; pip install 'hulian[gree]' brings it"
    assert "native" not in told


def test_an_extra_that_is_no_driver_or_a_package_that_is_not_installed_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert libraries("nothing") == []
    monkeypatch.setattr("gateway.drivers.extras.PACKAGE", "not-installed-anywhere")
    assert missing_extras(names()) == ()


def test_the_doctor_says_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "cryptography", None)
    print_diagnosis({"status": STATUS | {"wiresMissing": list(missing_extras(names()))}, "report": []})
    told = " ".join(capsys.readouterr().out.split())
    assert "pip install 'hulian[miio]'" in told
    assert "Internet unknown: nothing tells" in told
