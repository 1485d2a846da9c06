"""The configuration file: what it means, and what is said about mistakes."""

from pathlib import Path

import pytest

from gateway.cli.configuration import read_configuration
from gateway.cli.merging import merge
from gateway.errors import ConfigurationInvalid


def written(folder: Path, text: str) -> Path:
    path = folder / "hulian.toml"
    path.write_text(text)
    return path


def test_a_whole_file_is_understood(tmp_path: Path) -> None:
    (tmp_path / "password").write_text("secret\n")
    path = written(
        tmp_path,
        f"""
        [mqtt]
        broker = "mqtt://127.0.0.1:1884"
        user = "hulian"
        password_file = "{tmp_path}/password"
        [coap]
        port = 0
        [discovery]
        interfaces = ["127.0.0.1"]
        accept = ["native"]
        """,
    )
    settings = merge(read_configuration(path).model_dump(), tmp_path, tmp_path / "s", {})
    assert settings.broker is not None
    assert (settings.broker.port, settings.broker.username, settings.broker.password) == (1884, "hulian", "secret")
    assert settings.coap_port == 0
    assert settings.accept == ("native",)


def test_home_assistant_is_told_nothing_until_it_is_configured(tmp_path: Path) -> None:
    assert merge({}, tmp_path, tmp_path / "s", {}).homeassistant.mode == "off"
    path = written(tmp_path, '[homeassistant]\ndiscovery = "entity"\nprefix = "ha/home"\nlanguage = "zh-Hans"\n')
    chosen = merge(read_configuration(path).model_dump(), tmp_path, tmp_path / "s", {}).homeassistant
    assert (chosen.mode, chosen.prefix, chosen.language) == ("entity", "ha/home", "zh-Hans")
    asked = merge(read_configuration(path).model_dump(), tmp_path, tmp_path / "s", {"homeassistant": "device"}).homeassistant
    assert (asked.mode, asked.prefix) == ("device", "ha/home")
    with pytest.raises(ConfigurationInvalid, match="no discovery for Home Assistant"):
        merge({}, tmp_path, tmp_path / "s", {"homeassistant": "both"})


def test_options_win_over_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, "[coap]\nport = 5700\n")
    assert merge(read_configuration(path).model_dump(), tmp_path, tmp_path / "s", {"coap_port": 0}).coap_port == 0


def test_the_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HULIAN_COAP__PORT", "5701")
    assert read_configuration(written(tmp_path, "[coap]\nport = 5700\n")).coap.port == 5701


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[mqtt]\nprot = 1883\n", "mqtt.prot"),
        ("[mqtt]\nport = 99999\n", "mqtt.port"),
        ("[mqtt]\nversion = '4'\n", "mqtt.version"),
        ("[mqtt\n", "not TOML"),
        ("[homeassistant]\ndiscovery = 'both'\n", "homeassistant.discovery"),
        ("[homeassistant]\nprefix = 'a/#'\n", "homeassistant.prefix"),
        ("[homeassistant]\nlanguage = 'fr'\n", "homeassistant.language"),
        ("[extra]\na = 1\n", "extra: there is no such setting"),
        ("[mqtt]\nbroker = 5\n", "mqtt.broker"),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=said):
        read_configuration(written(tmp_path, text))


@pytest.mark.parametrize("address", ["0.0.0.0", "192.168.1.2", "::", "hub.local"])
@pytest.mark.parametrize("section", ["mqtt", "coap"])
def test_no_face_leaves_loopback(tmp_path: Path, section: str, address: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=r"loopback|not an IP address"):
        merge({section: {"address": address}}, tmp_path, tmp_path / "s", {})


def test_the_lan_is_served_on_addresses_of_this_machine_only(tmp_path: Path) -> None:
    assert merge({}, tmp_path, tmp_path / "s", {}).lan == ()
    assert merge({"lan": {"addresses": ["127.0.0.9"], "mqtts_port": 8884}}, tmp_path, tmp_path / "s", {}).mqtts_port == 8884
    assert merge({"lan": {"addresses": ["127.0.0.9"]}}, tmp_path, tmp_path / "s", {"lan": ["127.0.0.8", "127.0.0.8"]}).lan == ("127.0.0.8",)
    for stranger in ("203.0.113.9", "0.0.0.0", "hub.local"):
        with pytest.raises(ConfigurationInvalid, match="no address of this machine"):
            merge({}, tmp_path, tmp_path / "s", {"lan": [stranger]})


def test_a_password_without_a_broker_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="only goes with a broker"):
        merge({"mqtt": {"user": "hulian"}}, tmp_path, tmp_path / "s", {})


def test_certificates_need_an_encrypted_address(tmp_path: Path) -> None:
    certificate = tmp_path / "c.pem"
    certificate.touch()
    with pytest.raises(ConfigurationInvalid, match="mqtts"):
        merge({"mqtt": {"broker": "mqtt://127.0.0.1", "certificate_file": certificate}}, tmp_path, tmp_path / "s", {})


def test_an_interface_must_be_this_machines(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="no address of this machine"):
        merge({"discovery": {"interfaces": ["203.0.113.7"]}}, tmp_path, tmp_path / "s", {})


@pytest.mark.parametrize(
    ("discovery", "said"),
    [
        ({"accept": ["two words"]}, "no acceptance rule"),
        ({"appliances": ["192.168.1.40"]}, "driver://host"),
        ({"appliances": ["toaster://192.168.1.40"]}, "no driver 'toaster'"),
        ({"appliances": ["midea://192.168.1.40:99999"]}, "no address of a unit"),
    ],
)
def test_what_discovery_would_not_understand_is_said_before_the_start(tmp_path: Path, discovery: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationInvalid, match=said):
        merge({"discovery": discovery}, tmp_path, tmp_path / "s", {})


def test_a_file_that_is_not_there_or_not_text_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="cannot be read"):
        read_configuration(tmp_path / "nothing.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationInvalid, match="not TOML"):
        read_configuration(tmp_path / "bytes.toml")


@pytest.mark.parametrize("url", ["http://x", "mqtt://127.0.0.1:99999", "127.0.0.1"])
def test_a_broker_address_that_is_none_is_said_so(tmp_path: Path, url: str) -> None:
    with pytest.raises(ConfigurationInvalid, match="mqtt://host"):
        merge({"mqtt": {"broker": url}}, tmp_path, tmp_path / "s", {})


def test_a_password_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="password"):
        merge({"mqtt": {"broker": "mqtt://127.0.0.1", "password_file": tmp_path / "none"}}, tmp_path, tmp_path / "s", {})


def test_a_private_broker_nobody_knows_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationInvalid, match="mosquitto or amqtt"):
        merge({}, tmp_path, tmp_path / "s", {"broker_kind": "emqx"})
