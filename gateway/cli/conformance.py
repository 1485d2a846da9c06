"""`hulian conformance`: judge one appliance, and play a failure again.

Whatever does not begin with the word of another command is a target, so that the usual case is the short one.
"""

from typing import Any

import typer
from typer.core import TyperGroup

from gateway.cli import conformance_options as options
from gateway.cli.conformance_list import explain, show_list
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

Judge simulated appliances at `--speed 1`: a hurried clock (`hulian demo` runs at 30) breaks rules about time, and a healthy appliance
can fail.

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
    target: options.Target = None,
    claim: options.Claim = "",
    tests: options.Tests = "",
    seed: options.Seed = None,
    budget: options.Budget = None,
    transport: options.Transport = "both",
    control: options.Control = None,
    unit: options.Unit = "",
    credentials: options.Credentials = None,
    real_time: options.RealTime = 20.0,
    report: options.Report = None,
    sign: options.Sign = None,
    device_key: options.DeviceKey = None,
    firmware: options.Firmware = None,
    td_schema: options.TdSchema = None,
    secrets: options.Secrets = None,
    maker: options.Maker = "",
    model: options.Model = "",
    passphrase_file: options.PassphraseFile = None,
    listing: options.Listing = False,
    explained: options.Explained = "",
    lang: options.Lang = None,
    json: options.Json = False,
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
