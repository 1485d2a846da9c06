"""`hulian profile new`: begin a kind, or a model of a kind, by answering a few questions."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.output import console, failure
from gateway.cli.profile_answers import ask, check_kind_name, narrowing_answers, own_properties, words_of
from gateway.cli.profile_check import finding_line
from gateway.cli.profile_list import CLASSES
from gateway.cli.standard import standard
from gateway.errors import ConfigurationInvalid
from gateway.profile.check import check_file
from gateway.profile.findings import Severity
from gateway.profile.scaffold import KindPlan, kind_text, mixins, model_text

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None, help="Begin a kind, or a model of a kind.")
Folder = Annotated[Path, typer.Option("--folder", "-C", help="Where to write the file.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Ask nothing: what is not said is left as it is.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite a file that is there.")]


@app.command("kind")
def new_kind(
    kind: Annotated[str | None, typer.Argument(help="Its name, such as egg-boiler.", show_default=False)] = None,
    title: Annotated[str | None, typer.Option(help="Its title in English.", show_default=False)] = None,
    chinese: Annotated[str | None, typer.Option("--title-zh", help="Its title in Chinese.", show_default=False)] = None,
    kind_class: Annotated[str | None, typer.Option("--class", help=f"One of {', '.join(CLASSES)}.", show_default=False)] = None,
    use: Annotated[str | None, typer.Option("--use", help="Mixins it uses, with commas.", show_default=False)] = None,
    own: Annotated[list[str] | None, typer.Option("--property", "-p", help="A property of its own, as above.", show_default=False)] = None,
    folder: Folder = Path(),
    yes: Yes = False,
    force: Force = False,
) -> None:
    """Write the profile of a new kind, which `hulian profile check` finds good.

    It extends the base every appliance has. A property of its own is said as NAME:FORM:TITLE:标题[:MORE], FORM one of

      switch (on and off), choice (MORE: words with commas),

      number (can be set) and reading (is only read); MORE: MINIMUM:MAXIMUM:STEP:UNIT.

    Example:  hulian profile new kind

    Example:  hulian profile new kind egg-boiler --title "Egg boiler" --title-zh 煮蛋器 --class appliance --use power,energy
    -p "doneness:choice:Doneness:熟度:soft,hard" -p "waterLevel:reading:Water level:水位:0:100:1:%" --yes
    """
    name = check_kind_name(ask("Name of the kind (such as egg-boiler)", kind, yes=yes))
    known = mixins()
    plan = KindPlan(
        kind=name,
        title=ask("Title in English", title, yes=yes, default=name.replace("-", " ").capitalize()),
        chinese=ask("Title in Chinese 中文名称", chinese, yes=yes),
        kind_class=ask(f"Class ({', '.join(CLASSES)})", kind_class, yes=yes, default="appliance", choices=CLASSES),
        mixins=words_of(ask(f"Mixins, with commas ({', '.join(known)})", use, yes=yes, default="power", choices=known, several=True)),
        properties=own_properties(own or [], yes=yes),
    )
    _write(folder / f"{name}-1.yaml", kind_text(plan), force=force)


@app.command("model")
def new_model(
    of: Annotated[str | None, typer.Option("--of", help="The kind it is a model of.", show_default=False)] = None,
    maker: Annotated[str | None, typer.Option(help="Who makes it.", show_default=False)] = None,
    names: Annotated[str | None, typer.Option("--names", help="Its type designations, with commas.", show_default=False)] = None,
    features: Annotated[str | None, typer.Option(help="The features it has, with commas.", show_default=False)] = None,
    narrow: Annotated[list[str] | None, typer.Option("--narrow", "-n", help="PROPERTY:TERM=VALUE,...", show_default=False)] = None,
    folder: Folder = Path(),
    yes: Yes = False,
    force: Force = False,
) -> None:
    """Write a model of a kind: which features it has, and where it is narrower.

    What would be wider than the kind is refused, and why. `hulian profile check FILE` judges it again after an edit.

    Example:  hulian profile new model --of air-conditioner

    Example:  hulian profile new model --of air-conditioner --maker Acme --names KFR-35GW --features HEAT,HUM
    -n targetTemperature:minimum=17,maximum=30,multipleOf=1 -n "fanMode:enum=auto low high" --yes
    """
    kind = standard().model(ask("Kind (`hulian profile list`)", of, yes=yes))
    made_by = ask("Maker", maker, yes=yes)
    designations = words_of(ask("Type designations, with commas", names, yes=yes))
    listed = ", ".join(f"{name} {feature.title}" for name, feature in sorted(kind.features.items()))
    chosen = words_of(ask(f"Features, with commas ({listed})", features, yes=yes, default="", choices=kind.features, several=True))
    text = model_text(
        of=kind.kind,
        version=kind.version,
        maker=made_by,
        names=designations,
        features=chosen,
        narrowing=narrowing_answers(kind, chosen, narrow or [], yes=yes),
    )
    _write(folder / f"{_file_name(made_by, designations)}.yaml", text, force=force)


def _file_name(maker: str, names: tuple[str, ...]) -> str:
    plain = "-".join((maker, *names[:1])).lower()
    return "".join(letter if letter.isalnum() or letter in "-." else "-" for letter in plain).strip("-.") or "model"


def _write(path: Path, text: str, *, force: bool) -> None:
    if path.exists() and not force:
        raise ConfigurationInvalid(f"{path} is there already: say --force to overwrite it")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    findings = check_file(path)
    for finding in findings:
        console(error=True).print(finding_line(finding))
    if any(finding.severity is Severity.ERROR for finding in findings):
        failure(f"{path} is written, but not good yet: mend it and check it again")
        sys.exit(1)
    console().print(f"{path} written and found good. Go on with an editor, and `hulian profile check {path}`.")
