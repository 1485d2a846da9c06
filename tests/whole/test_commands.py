"""Every command of `hulian` against a running demo: what it prints, and what it leaves with."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kit.demo import ROOT, Demo, start_demo, stop

pytestmark = pytest.mark.timeout(240)
HULIAN = [sys.executable, "-m", "gateway.cli.main"]


def hulian(demo: Demo, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*HULIAN, "--data", str(demo.data), *arguments]
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | environment
    return subprocess.run(command, capture_output=True, text=True, timeout=90, cwd=ROOT, env=env, stdin=subprocess.DEVNULL, check=False)


def told(demo: Demo, *arguments: str) -> Any:
    result = hulian(demo, *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_what_there_is_is_told_to_people_and_to_scripts(demo: Demo) -> None:
    light = demo.device("light")
    listed = told(demo, "devices")
    assert {entry["kind"] for entry in listed} == {"air-conditioner", "refrigerator", "set-top-box", "plug", "light"}
    assert light in hulian(demo, "devices").stdout
    assert told(demo, "show", light)["id"] == light
    shown = hulian(demo, "show", light).stdout
    assert "brightness" in shown
    assert "runDiagnostics" in shown
    description = hulian(demo, "show", light, "--td")
    assert json.loads(description.stdout)["hl:kind"] == "light"
    assert told(demo, "doctor")["status"]["gateway"] == demo.gateway
    diagnosis = hulian(demo, "doctor").stdout
    assert demo.gateway in diagnosis
    assert "asked" in diagnosis
    assert isinstance(told(demo, "accept"), list)


def test_a_write_ends_with_what_the_appliance_shows(demo: Demo) -> None:
    light = demo.device("light")
    assert told(demo, "set", light, "brightness", "37")["state"] == "completed"
    assert demo.state(light)["brightness"] == 37
    assert "done" in hulian(demo, "set", light, "power", "on").stdout
    rows = hulian(demo, "history", light, "brightness", "--limit", "1", "--json").stdout.splitlines()
    assert [json.loads(row)["value"] for row in rows] == [37]
    assert "brightness = 37" in hulian(demo, "history", light, "brightness", "--hours", "1").stdout


def test_an_action_is_followed_to_its_end(demo: Demo) -> None:
    cooler = demo.device("air-conditioner")
    done = told(demo, "invoke", cooler, "setComfort", '{"mode": "cool", "targetTemperature": 24}')
    assert (done["op"], done["state"]) == ("invokeaction", "completed")
    state = demo.state(cooler)
    assert (state["mode"], state["targetTemperature"]) == ("cool", 24)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "nobody"), "no device"),
        (("set", "LIGHT", "brightness", "400"), "at most 100"),
        (("set", "LIGHT", "brightness", "warm"), "not a number"),
        (("set", "LIGHT", "nothing", "1"), "no property"),
        (("set", "LIGHT", "brightness", "20", "--ttl", "-1"), "expired"),
        (("invoke", "LIGHT", "explode"), "no action"),
        (("invoke", "LIGHT", "runDiagnostics", "{level"), "not JSON"),
        (("cancel", "LIGHT", "nothing"), "no run"),
        (("history", "nobody"), "no device"),
        (("accept", "native:nobody"), "no unit"),
        (("accept", "native:nobody", "--answer", "token"), "NAME=VALUE"),
        (("name", "LIGHT", "x" * 65), "64"),
        (("room", "nobody", "hall"), "no device"),
        (("forget", "nobody", "--yes"), "no device"),
        (("watch", "nobody"), "no device"),
        (("profile", "show", "toaster"), "toaster"),
        (("profile", "check", "README.md"), "mistake"),
    ],
)
def test_what_was_refused_leaves_with_one_and_says_why(demo: Demo, arguments: tuple[str, ...], said: str) -> None:
    result = hulian(demo, *(demo.device("light") if word == "LIGHT" else word for word in arguments))
    assert result.returncode == 1
    assert said in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("explode",),
        ("show",),
        ("set", "a"),
        ("history", "a", "--limit", "0"),
        ("run", "--config", "nothing.toml"),
        ("config", "check", "no.toml"),
    ],
)
def test_what_cannot_be_understood_leaves_with_two(demo: Demo, arguments: tuple[str, ...]) -> None:
    result = hulian(demo, *arguments)
    assert result.returncode == 2
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("broken", ["file", "below/a/file"])
def test_a_data_folder_that_cannot_be_one_leaves_with_two(demo: Demo, tmp_path: Path, broken: str) -> None:
    for name in ("file", "below"):
        (tmp_path / name).touch()
    for command in ("run", "demo"):
        result = hulian(demo, command, "--data", str(tmp_path / broken), "--mqtt-port", "0", "--coap-port", "0")
        assert result.returncode == 2
        assert "data folder" in result.stderr
        assert "Traceback" not in result.stderr


def test_what_needs_a_confirmation_says_how_to_give_it(demo: Demo) -> None:
    plug = demo.device("plug")
    assert told(demo, "set", plug, "feedsKind", "refrigerator")["state"] == "completed"
    refused = hulian(demo, "set", plug, "power", "off")
    assert refused.returncode == 1
    assert "--yes" in refused.stderr
    assert demo.state(plug)["power"] is True
    assert told(demo, "set", plug, "power", "off", "--yes")["state"] == "completed"
    assert told(demo, "set", plug, "feedsKind", "none", "--yes")["state"] == "completed"


def test_names_and_rooms_are_given_and_taken_back(demo: Demo) -> None:
    box = demo.device("set-top-box")
    own = told(demo, "show", box)["name"]
    assert told(demo, "name", box, "Big screen") == {"id": box}
    assert told(demo, "room", "Big screen", "den") == {"id": box}
    shown = told(demo, "show", "Big screen")
    assert (shown["name"], shown["room"]) == ("Big screen", "den")
    assert hulian(demo, "name", box, "").stdout == f"{box}: done\n"
    assert told(demo, "show", box)["name"] == own


def test_watching_shows_each_change_until_it_is_stopped(demo: Demo) -> None:
    light = demo.device("light")
    command = [*HULIAN, "--data", str(demo.data), "watch", light, "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())["change"] == "snapshot"
        demo.call("command", device=light, operation="writeproperty", name="brightness", input=51)
        changes: list[str] = []
        while not changes or changes[-1] != "completed":
            change = json.loads(watching.stdout.readline())
            changes.append(change["ack"]["state"] if change["change"] == "ack" else change["change"])
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130
        assert watching.stderr is not None
        assert watching.stderr.read() == ""
    assert changes[0] == "accepted"
    assert "state" in changes


def test_colours_follow_the_terminal_and_what_was_asked(demo: Demo) -> None:
    escape = re.compile("\x1b\\[[0-9;]*m")
    assert not escape.search(hulian(demo, "devices").stdout)
    assert escape.search(hulian(demo, "devices", FORCE_COLOR="1").stdout)
    coloured = re.compile("\x1b\\[[0-9;]*3[0-9]")
    assert coloured.search(hulian(demo, "devices", FORCE_COLOR="1").stdout)
    assert not coloured.search(hulian(demo, "devices", FORCE_COLOR="1", NO_COLOR="1").stdout)
    assert not coloured.search(hulian(demo, "--no-color", "devices", FORCE_COLOR="1").stdout)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete_the_commands(shell: str) -> None:
    script = subprocess.run([*HULIAN, "--show-completion", shell], capture_output=True, text=True, timeout=60, cwd=ROOT, check=False)
    assert script.returncode == 0
    assert "complet" in script.stdout


def test_completion_names_the_commands() -> None:
    words = {"_MAIN_COMPLETE": "complete_bash", "COMP_WORDS": "main d", "COMP_CWORD": "1"}
    program = "import sys; sys.argv[0] = 'main'; from gateway.cli.main import main; main()"
    env = os.environ | words
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, cwd=ROOT, env=env, check=False)
    assert {"devices", "demo", "doctor"} <= set(result.stdout.split())


def test_a_gateway_that_is_killed_ends_the_watching_in_words(tmp_path: Path) -> None:
    demo = start_demo(tmp_path, "--speed", "60")
    command = [*HULIAN, "--data", str(demo.data), "watch"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as watching:
        assert watching.stdout is not None
        watching.stdout.readline()
        demo.process.kill()
        stop(demo.process)
        _, error = watching.communicate(timeout=30)
    assert watching.returncode == 2
    assert "went away" in error
