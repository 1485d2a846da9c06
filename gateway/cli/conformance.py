"""`hulian conformance`: judge one appliance, and play a failure again.

Whatever does not begin with the word of another command is a target, so that the usual case is the short one.
"""

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from gateway.cli.conformance_list import begun, begun_tests, explain, show_list
from gateway.cli.conformance_replay import replay
from gateway.cli.conformance_run import run
from gateway.cli.conformance_wish import Wish
from gateway.errors import ConfigurationInvalid

EXAMPLES = """Examples:

  hulian conformance coap://192.0.2.7

  hulian conformance mqtt://192.0.2.1:1883/hulian/1/lamp-1/self --claim light@1 --report report

  hulian conformance coap://192.0.2.7 --control /run/lamp.sock --tests D,T,C1 --seed 7

  hulian conformance lamp-1 --budget 10

  hulian conformance coap://192.0.2.7 --control lamp.sock --sign maker.key --device-key lamp.key.pub

  hulian conformance replay report/capsule-E4-mqtt.json

Exit code 0: conformant (it is said when not everything that is asked was tried); 1: not conformant; 2: it could not be run, or it was to
be signed and is incomplete.
"""


class _Judge(TyperGroup):
    """The command `judge` under the name of the group, where no other command is named."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        if args and args[0] in self.commands and args[0] != "judge":
            return super().make_context(info_name, args, parent, **extra)
        return self.commands["judge"].make_context(info_name, args, parent, **extra)


app = typer.Typer(
    cls=_Judge,
    add_completion=False,
    rich_markup_mode=None,
    help="Judge whether an appliance keeps its profile, over MQTT and CoAP.",
)
app.command("replay")(replay)


@app.command("judge", epilog=EXAMPLES)
def judge(
    target: Annotated[
        str | None,
        typer.Argument(
            metavar="TARGET",
            help="What is judged: coap://HOST, mqtt://HOST:PORT/ROOT, a file with a Thing Description, the name it announces itself by, "
            "or a device of the gateway that runs here (see `hulian devices`).",
            autocompletion=begun,
        ),
    ] = None,
    claim: Annotated[str, typer.Option(help="What the vendor says it is, kind@version such as plug@1: compared both ways.")] = "",
    tests: Annotated[
        str, typer.Option(help="Only these: letters, ids or names of checks, with commas: D,T,C1.", autocompletion=begun_tests)
    ] = "",
    seed: Annotated[int | None, typer.Option(help="Of everything that is drawn; the same seed draws the same.", show_default=False)] = None,
    budget: Annotated[
        float | None, typer.Option(min=3.0, help="Seconds for everything; the cheap checks first.", show_default=False)
    ] = None,
    transport: Annotated[str, typer.Option(help="mqtt, coap or both.")] = "both",
    control: Annotated[
        Path | None, typer.Option(help="Socket of its control interface: power, clock, network, faults.", show_default=False)
    ] = None,
    unit: Annotated[str, typer.Option(help="The unit that is meant, where the control interface has several.")] = "",
    credentials: Annotated[
        Path | None, typer.Option(help="Folder of `hulian join`: what the judge was let in with.", file_okay=False, show_default=False)
    ] = None,
    real_time: Annotated[
        float, typer.Option(min=0, help="Longest single wait in real time, seconds, where no clock can be advanced.")
    ] = 20.0,
    report: Annotated[
        Path | None, typer.Option(help="Folder for report.html, junit.xml, verdicts.jsonl and failure capsules.", show_default=False)
    ] = None,
    sign: Annotated[
        Path | None, typer.Option(help="Key to sign the certificate with (hulian certificate keygen).", show_default=False)
    ] = None,
    device_key: Annotated[Path | None, typer.Option(help="Public key of the unit the certificate is for.", show_default=False)] = None,
    firmware: Annotated[
        Path | None, typer.Option(help="Image of its firmware: the certificate names its hash.", show_default=False)
    ] = None,
    td_schema: Annotated[
        Path | None, typer.Option(help="W3C's JSON Schema of TD 1.1, to validate with besides.", show_default=False)
    ] = None,
    secrets: Annotated[
        Path | None, typer.Option(help="Words, one a line, that it may never tell: its serial number, its owner.", show_default=False)
    ] = None,
    maker: Annotated[str, typer.Option(help="Its maker, where it does not say so itself.")] = "",
    model: Annotated[str, typer.Option(help="Its model, likewise.")] = "",
    passphrase_file: Annotated[Path | None, typer.Option(help="Passphrase of the key; - is standard input.", show_default=False)] = None,
    listing: Annotated[bool, typer.Option("--list", help="List the tests, and end.")] = False,
    explained: Annotated[str, typer.Option("--explain", metavar="ID", help="Explain one test, and end.", autocompletion=begun_tests)] = "",
    lang: Annotated[str | None, typer.Option(help="en or zh; the terminal's where nothing is said.", show_default=False)] = None,
    json: Annotated[bool, typer.Option("--json", help="Print JSON lines for scripts.")] = False,
) -> None:
    """Judge whether an appliance keeps its profile, over MQTT and CoAP.

    What is asked is read from the appliance itself. Every check says why it was selected or skipped, and the first failure says what was
    sent, what came, what was expected, why it matters and what to do. `hulian conformance replay FILE` plays a failure again.
    """
    if listing:
        return show_list(lang, json=json)
    if explained:
        return explain(explained, lang, json=json)
    if target is None:
        raise ConfigurationInvalid("name a target, such as coap://192.0.2.7; `hulian conformance --help` has examples")
    wish = Wish(
        target=target,
        claim=claim,
        tests=tuple(word.strip() for word in tests.split(",") if word.strip()),
        seed=seed,
        budget=budget,
        transport=transport,
        control=control,
        unit=unit,
        credentials=credentials,
        real=real_time,
        report=report,
        sign=sign,
        device_key=device_key,
        firmware=firmware,
        td_schema=td_schema,
        secrets=secrets,
        maker=maker,
        model=model,
        passphrase_file=passphrase_file,
        lang=lang,
        json=json,
    )
    raise typer.Exit(run(wish))
