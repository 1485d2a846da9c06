"""What `hulian conformance` can be told: every option with its help."""

from pathlib import Path
from typing import Annotated

import typer

from gateway.cli.conformance_list import begun, begun_tests

Target = Annotated[
    str | None,
    typer.Argument(
        metavar="TARGET",
        help="What is judged: coap://HOST, mqtt://HOST:PORT/ROOT, a file with a Thing Description, the name it announces itself by, "
        "or a device of the gateway that runs here (see `hulian devices`).",
        autocompletion=begun,
    ),
]
Claim = Annotated[str, typer.Option(help="What the vendor says it is, kind@version such as plug@1: compared both ways.")]
Tests = Annotated[str, typer.Option(help="Only these: letters, ids or names of checks, with commas: D,T,C1.", autocompletion=begun_tests)]
Seed = Annotated[int | None, typer.Option(help="Of everything that is drawn; the same seed draws the same.", show_default=False)]
Budget = Annotated[float | None, typer.Option(min=3.0, help="Seconds for everything; the cheap checks first.", show_default=False)]
Transport = Annotated[str, typer.Option(help="mqtt, coap or both.")]
Control = Annotated[Path | None, typer.Option(help="Socket of its control interface: power, clock, network, faults.", show_default=False)]
Unit = Annotated[str, typer.Option(help="The unit that is meant, where the control interface has several.")]
Credentials = Annotated[
    Path | None, typer.Option(help="Folder of `hulian join`: what the judge was let in with.", file_okay=False, show_default=False)
]
RealTime = Annotated[float, typer.Option(min=0, help="Longest single wait in real time, seconds, where no clock can be advanced.")]
Report = Annotated[
    Path | None, typer.Option(help="Folder for report.html, junit.xml, verdicts.jsonl and failure capsules.", show_default=False)
]
Sign = Annotated[Path | None, typer.Option(help="Key to sign the certificate with (hulian certificate keygen).", show_default=False)]
DeviceKey = Annotated[Path | None, typer.Option(help="Public key of the unit the certificate is for.", show_default=False)]
Firmware = Annotated[Path | None, typer.Option(help="Image of its firmware: the certificate names its hash.", show_default=False)]
TdSchema = Annotated[Path | None, typer.Option(help="W3C's JSON Schema of TD 1.1, to validate with besides.", show_default=False)]
Secrets = Annotated[
    Path | None, typer.Option(help="Words, one a line, that it may never tell: its serial number, its owner.", show_default=False)
]
Maker = Annotated[str, typer.Option(help="Its maker, where it does not say so itself.")]
Model = Annotated[str, typer.Option(help="Its model, likewise.")]
PassphraseFile = Annotated[Path | None, typer.Option(help="Passphrase of the key; - is standard input.", show_default=False)]
Listing = Annotated[bool, typer.Option("--list", help="List the tests, and end.")]
Explained = Annotated[str, typer.Option("--explain", metavar="ID", help="Explain one test, and end.", autocompletion=begun_tests)]
Lang = Annotated[str | None, typer.Option(help="en or zh; the terminal's where nothing is said.", show_default=False)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON lines for scripts.")]
