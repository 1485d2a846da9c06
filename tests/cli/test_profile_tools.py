"""`hulian profile`: list, show, check, diff, export, new and docs, as a person or a script uses them."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.cells import cell_len
from typer.testing import CliRunner, Result

from gateway.cli.main import app
from gateway.cli.options import options
from gateway.errors import ConfigurationInvalid, Unknown
from gateway.profile.check import check_file
from gateway.profile.library import PROFILES, Library
from gateway.profile.scaffold import FORMS, KindPlan, OwnProperty, kind_text, mixins

LIBRARY = Library()
KINDS = LIBRARY.kinds()


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def data(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("HULIAN_DATA", str(kept))
    monkeypatch.setenv("COLUMNS", "80")
    yield
    options.data, options.no_color, options.verbose = None, False, False


def run(*arguments: object, answers: str | None = None, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["profile", *map(str, arguments)], input=answers)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result


# list and show


def test_list_tells_class_maturity_titles_and_counts() -> None:
    rows = {row["kind"]: row for row in json.loads(run("list", "--json").stdout)}
    assert set(rows) == set(KINDS)
    assert rows["plug"]["class"] == "accessory"
    assert rows["plug"]["titles"] == {"en": "Smart plug", "zh-Hans": "智能插座"}
    assert rows["plug"]["properties"] > 10
    shown = run("list").stdout
    assert re.search(r"plug\s+Smart plug 智能插座\s+(draft|stable)", shown)
    assert "Accessories" in shown


def test_list_is_narrowed_by_class_and_maturity() -> None:
    rows = json.loads(run("list", "--class", "media", "--json").stdout)
    assert {row["class"] for row in rows} == {"media"}
    stable = {row["kind"] for row in json.loads(run("list", "--stable", "--json").stdout)}
    assert stable == {kind for kind in KINDS if LIBRARY.model(kind).maturity == "stable"}
    with pytest.raises(ConfigurationInvalid, match="no class"):
        run("list", "--class", "furniture")


@pytest.mark.parametrize("columns", ["80", "120"])
@pytest.mark.parametrize("command", [("list",), ("show", "air-conditioner"), ("show", "plug", "--maps", "--language", "both")])
def test_what_is_shown_fits_the_terminal_and_has_no_colour_codes(
    command: tuple[str, ...], columns: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    shown = run(*command).stdout
    assert max(cell_len(line) for line in shown.splitlines()) <= int(columns)
    assert "\x1b" not in shown


def test_colours_go_with_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[3" in run("list").stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in run("list").stdout


def test_show_tells_features_actions_and_constraints_in_words() -> None:
    shown = " ".join(run("show", "air-conditioner").stdout.split())
    assert "Room air conditioner / 房间空气调节器 air-conditioner 1.0.0" in shown
    assert "ac-heat-range While Operating mode is heat: Target temperature is 16 to 30 °C." in shown
    assert "can be cancelled" in shown
    assert "mode: heat" in shown
    chinese = "".join(run("show", "air-conditioner", "--language", "zh").stdout.split())
    assert "设定温度为16至30°C。" in chinese
    assert "While Operating" not in chinese


def test_show_of_a_composite_names_its_parts_and_a_wrong_kind_is_refused() -> None:
    assert "Part hob: ./gas-hob-1.yaml" in run("show", "integrated-stove").stdout
    with pytest.raises(Unknown, match="toaster-oven"):
        run("show", "toaster-oven")
    with pytest.raises(ConfigurationInvalid, match="no language"):
        run("show", "plug", "--language", "fr")


# check


def test_check_without_arguments_finds_the_whole_standard_good() -> None:
    assert re.search(r"\d\d+ files checked: good", run("check").stdout)


def test_check_tells_path_line_rule_and_what_to_do(tmp_path: Path) -> None:
    text = (PROFILES / "light-1.yaml").read_text(encoding="utf-8")
    (tmp_path / "light-1.yaml").write_text(text.replace("unit: K\n", "unit: Kelvin\n"), encoding="utf-8")
    line = text[: text.index("unit: K\n")].count("\n") + 1
    (finding,) = map(json.loads, run("check", tmp_path, "--json", code=1).stdout.splitlines())
    assert {term: finding[term] for term in ("line", "rule", "severity", "pointer")} == {
        "line": line,
        "rule": "unit-unknown",
        "severity": "error",
        "pointer": "/properties/colourTemperature/unit",
    }
    assert f"light-1.yaml:{line}: error [unit-unknown] /properties/colourTemperature/unit" in run("check", tmp_path, code=1).stdout


def test_a_remark_alone_is_no_failure(tmp_path: Path) -> None:
    text = (PROFILES / "light-1.yaml").read_text(encoding="utf-8")
    (tmp_path / "light-1.yaml").write_text(text.replace("hl:class:", "hl:colour: red\nhl:class:", 1), encoding="utf-8")
    assert "good, with remarks" in run("check", tmp_path / "light-1.yaml").stdout


# diff


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """An old and a new folder of the standard, the same but for a light's new, mandatory property."""
    old, new = tmp_path / "old", tmp_path / "new"
    for folder in (old, new):
        folder.mkdir()
        for name in ("appliance-base-1", "light-1", *(path.stem for path in PROFILES.glob("mixin-*.yaml"))):
            folder.joinpath(f"{name}.yaml").write_bytes((PROFILES / f"{name}.yaml").read_bytes())
    light = new / "light-1.yaml"
    light.write_text(light.read_text(encoding="utf-8").replace("maximum: 6500", "maximum: 6000", 1), encoding="utf-8")
    return old, new


def test_diff_names_the_bump_the_rule_and_the_least_version(folders: tuple[Path, Path]) -> None:
    old, new = folders
    (answer,) = json.loads(run("diff", old / "light-1.yaml", new / "light-1.yaml", "--json", code=1).stdout)
    assert (answer["bump"], answer["least"], answer["honest"]) == ("major", "2.0.0", False)
    assert [(change["rule"], change["pointer"]) for change in answer["changes"]] == [
        ("range-narrower", "/properties/colourTemperature/maximum")
    ]
    result = run("diff", f"light@{old}", new / "light-1.yaml", code=1)
    assert "light-1: major (1.0.0 -> 2.0.0 at least, carries 1.0.0)" in result.stdout
    assert "ask for 2.0.0 at least" in result.stderr


def test_diff_of_folders_says_what_changed_is_new_and_is_gone(folders: tuple[Path, Path]) -> None:
    old, new = folders
    result = run("diff", old, new, code=1)
    assert "1 changed" in result.stdout
    (new / "light-1.yaml").unlink()
    (new / "lamp-1.yaml").write_bytes((old / "light-1.yaml").read_bytes())
    result = run("diff", old, new, code=1)
    assert "new: lamp-1" in result.stdout
    assert "light-1 is gone" in result.stderr


def test_diff_of_the_same_is_nothing_and_of_nonsense_is_refused(tmp_path: Path) -> None:
    assert "nothing changed" in run("diff", "light", PROFILES / "light-1.yaml").stdout
    with pytest.raises(ConfigurationInvalid, match="no file, no folder and no kind"):
        run("diff", "light", "toaster-oven")
    with pytest.raises(ConfigurationInvalid, match="only be compared with a folder"):
        run("diff", PROFILES, "light")
    assert tmp_path.is_dir()


# export


@pytest.mark.parametrize("target", ["sdf", "sdf-mapping", "schema", "tm"])
def test_export_writes_a_document(target: str) -> None:
    document = json.loads(run("export", "plug", "--to", target).stdout)
    assert {"sdf": "sdfObject", "sdf-mapping": "map", "schema": "$schema", "tm": "tm:optional"}[target] in document


def test_export_of_sdf_to_a_file_puts_the_mapping_file_beside_it(tmp_path: Path) -> None:
    run("export", "plug", "--to", "sdf", "-o", tmp_path / "plug.sdf.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plug.sdf-mapping.json", "plug.sdf.json"]


def test_export_of_a_table_is_csv_or_markdown_by_the_name_of_the_file(tmp_path: Path) -> None:
    run("export", "plug", "--to", "matter", "-o", tmp_path / "plug.csv")
    assert (tmp_path / "plug.csv").read_text(encoding="utf-8").startswith("kind,section,name")
    assert run("export", "plug", "--to", "matter").stdout.startswith("# Matter")


def test_export_of_all_writes_every_kind_for_every_target(tmp_path: Path) -> None:
    run("export", "--all", tmp_path)
    for target in ("sdf", "sdf-mapping", "schema", "tm"):
        assert {path.name.partition("-1.")[0] for path in (tmp_path / target).iterdir()} == set(KINDS)
    assert {path.name for path in tmp_path.glob("*.csv")} == {"matter.csv", "echonet.csv", "ha.csv", "miot.csv"}


def test_export_of_the_schema_of_one_device_has_its_features_only() -> None:
    properties = json.loads(run("export", "air-conditioner", "--to", "schema", "--features", "HEAT").stdout)["properties"]
    assert properties["mode"]["enum"] == ["cool", "heat", "dry", "fan"]
    assert "eco" not in properties
    with pytest.raises(ConfigurationInvalid, match="--to schema"):
        run("export", "air-conditioner", "--to", "sdf", "--features", "HEAT")


def test_export_to_nowhere_is_refused() -> None:
    with pytest.raises(ConfigurationInvalid, match="one of sdf"):
        run("export", "plug", "--to", "homie")


# new


def test_a_new_kind_by_options_is_found_good(tmp_path: Path) -> None:
    own = ["doneness:choice:Doneness:熟度:soft,hard", "waterLevel:reading:Water level:水位:0:100:0.5:%", "beep:switch:Beep:提示音"]
    more = [part for text in [*own, "eggs:number:Eggs:鸡蛋数:1:12:1"] for part in ("-p", text)]
    head = ["egg-boiler", "--title", "Egg boiler", "--title-zh", "煮蛋器", "--use", "power,energy", "--yes", "-C", tmp_path]
    run("new", "kind", *head, *more)
    path = tmp_path / "egg-boiler-1.yaml"
    assert check_file(path) == []
    with pytest.raises(ConfigurationInvalid, match="--force"):
        run("new", "kind", *head, *more)
    run("new", "kind", *head, *more, "--force")


def test_a_new_kind_by_answers_is_found_good(tmp_path: Path) -> None:
    answers = "egg-boiler\nEgg boiler\n煮蛋器\n\npower,doors\nwaterLevel\nreading\nWater level\n水位\n0\n100\n1\n%\n\n"
    run("new", "kind", "-C", tmp_path, answers=answers)
    text = (tmp_path / "egg-boiler-1.yaml").read_text(encoding="utf-8")
    assert check_file(tmp_path / "egg-boiler-1.yaml") == []
    assert "hl:class: appliance" in text
    assert "mixin-doors-1.yaml#/properties/doors" in text
    assert "waterLevel:" in text


@pytest.mark.parametrize(
    "arguments",
    [
        ("Egg Boiler", "--title-zh", "煮蛋器"),
        ("egg-boiler",),
        ("egg-boiler", "--title-zh", "煮蛋器", "--use", "steam"),
        ("egg-boiler", "--title-zh", "煮蛋器", "--class", "furniture"),
        ("egg-boiler", "--title-zh", "煮蛋器", "-p", "Water level:reading:Water level:水位"),
        ("egg-boiler", "--title-zh", "煮蛋器", "-p", "level:dial:Level:水位"),
        ("egg-boiler", "--title-zh", "煮蛋器", "-p", "level:choice:Level:水位"),
        ("egg-boiler", "--title-zh", "煮蛋器", "-p", "level:number:Level:水位:low:high:1:%"),
    ],
)
def test_a_new_kind_that_cannot_be_is_refused_before_anything_is_written(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(ConfigurationInvalid):
        run("new", "kind", *arguments, "--yes", "-C", tmp_path)
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("names", [(name,) for name in mixins()] + [tuple(mixins())], ids=lambda names: "-".join(names)[:30])
def test_every_mixin_and_form_gives_a_good_kind(tmp_path: Path, names: tuple[str, ...]) -> None:
    own = tuple(
        OwnProperty(
            name=f"own{number}", form=form, title=f"Own: {form}, no. {number}", chinese=f"自有 {form}", words=("on", "off", "1", "a b")
        )
        for number, form in enumerate(FORMS)
    )
    path = tmp_path / "try-out-1.yaml"
    plan = KindPlan(kind="try-out", title="A try, out", chinese="试用", kind_class="care", mixins=names, properties=own)
    path.write_text(kind_text(plan), encoding="utf-8")
    assert check_file(path) == []


def test_a_new_model_by_options_is_found_good_and_widening_is_refused_with_the_reason(tmp_path: Path) -> None:
    head = ["--of", "air-conditioner", "--maker", "Acme", "--names", "KFR-35GW,KFR-26GW", "--features", "HEAT,HUM", "--yes", "-C", tmp_path]
    run("new", "model", *head, "-n", "targetTemperature:minimum=17,maximum=30,multipleOf=1", "-n", "fanMode:enum=auto low high")
    assert check_file(tmp_path / "acme-kfr-35gw.yaml") == []
    run("new", "model", *head, "-n", "fanMode:readOnly=true,hl:reason=it has one speed", "--force")
    assert "fanMode: {readOnly: true, hl:reason: it has one speed}" in (tmp_path / "acme-kfr-35gw.yaml").read_text(encoding="utf-8")
    assert check_file(tmp_path / "acme-kfr-35gw.yaml") == []
    result = run("new", "model", *head, "-n", "targetTemperature:minimum=10", "--force", code=1)
    assert "minimum 10 is below the kind's 16" in result.stderr


def test_a_new_model_by_answers_narrows_what_was_answered_otherwise(tmp_path: Path) -> None:
    model = LIBRARY.model("plug")
    writable = [name for name, schema in model.document["properties"].items() if not schema.get("readOnly")]
    assert "overloadLimit" in writable
    answers = ["plug", "Acme", "P1", "OVL,LIM"]
    chosen = model.document["properties"]
    for name in writable:
        if name == "overloadLimit":
            answers += ["", "2200", ""]
        elif chosen[name].get("enum") or chosen[name].get("type") in ("number", "integer"):
            answers += [""]
    run("new", "model", "-C", tmp_path, answers="\n".join(answers) + "\n" * 9)
    text = (tmp_path / "acme-p1.yaml").read_text(encoding="utf-8")
    assert "overloadLimit: {maximum: 2200}" in text
    assert check_file(tmp_path / "acme-p1.yaml") == []


# docs


class _Page(HTMLParser):
    """Collects anchors and links, and insists that every element is closed."""

    VOID = frozenset({"meta", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.anchors: set[str] = set()
        self.links: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.anchors |= {value for key, value in attrs if key == "id" and value}
        self.links |= {value for key, value in attrs if key == "href" and value}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory, kept: Path) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("docs")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HULIAN_DATA", str(kept))
        run("docs", folder)
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}


def test_docs_have_a_page_a_kind_and_every_link_leads_somewhere(pages: dict[str, str]) -> None:
    assert pages.keys() == {f"{kind}.html" for kind in KINDS} | {"index.html", "faults.html"}
    read: dict[str, _Page] = {}
    for name, text in pages.items():
        read[name] = _Page()
        read[name].feed(text)
        assert read[name].open == [], name
    for name, page in read.items():
        for link in page.links:
            file, _, anchor = link.partition("#")
            assert not file.startswith("http"), link
            assert not anchor or anchor in read[file or name].anchors, f"{name} links to {link}"


def test_a_page_tells_everything_of_its_kind_in_both_languages_with_its_maturity(pages: dict[str, str]) -> None:
    for kind in KINDS:
        model, text = LIBRARY.model(kind), pages[f"{kind}.html"]
        for section in ("properties", "actions", "events", "hl:features"):
            for name, entry in model.document.get(section, {}).items():
                assert f"<code>{name}</code>" in text, f"{kind}: {name}"
                assert entry["titles"]["zh-Hans"] in text, f"{kind}: {name}"
        for entry in model.constraints:
            assert f"<code>{entry['id']}</code>" in text
        assert f'class="badge {model.maturity}"' in text
        assert f'href="{kind}.html"' in pages["index.html"]
