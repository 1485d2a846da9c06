"""What a Debian package says of itself: copyright, the manual page, and the shells' completion. Made from the program, not beside it."""

import os
import subprocess
import sys
from pathlib import Path

MANUAL = r""".TH HULIAN 1 "{date}" "hulian {version}" "User Commands"
.SH NAME
hulian \- the open interoperability gateway for home appliances
.SH SYNOPSIS
.B hulian
.RI [ --data " DIR] " COMMAND " [...]"
.SH DESCRIPTION
Hulian finds the appliances of a home and shows each as one kind of Thing, over MQTT and CoAP, on this machine.
The package runs it as the service
.BR hulian.service .
Its home is /var/lib/hulian, which only the user
.B hulian
may read. Run by root,
.B hulian
does its work as that user in that home, unless HULIAN_DATA says otherwise; so
.B sudo hulian devices
is how to look at it. Files go in and out through standard input and output, for that user may read no others:
.B sudo hulian backup \- > home.hulian
.SH COMMANDS
{commands}
.PP
.B hulian COMMAND --help
tells the rest.
.SH FILES
.TP
/etc/hulian/hulian.toml
The configuration.
.TP
/var/lib/hulian
The home: state.db, history.db, vault.key (the key of its secrets), backups/ (copies made before an upgrade).
.SH EXIT STATUS
0 done; 1 refused or failed; 2 could not run.
.SH SEE ALSO
.BR mosquitto (8),
.BR systemctl (1)
"""
COMPLETED = {"prog_name": "hulian", "complete_var": "_HULIAN_COMPLETE"}
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: hulian
Comment: Beside Hulian itself the package carries these Python libraries, each with its own licence file in
 /usr/lib/hulian/{version}/lib/python3.11/site-packages/*.dist-info/:
{libraries}

Files: *
Copyright: The Hulian founders
License: Apache-2.0
 On Debian systems, the full text of the Apache License, Version 2.0
 can be found in /usr/share/common-licenses/Apache-2.0.
"""


def manual(source: Path, version: str, date: str) -> str:
    """Return the manual page (roff); its commands and their first lines are asked of the program."""
    code = (
        "from gateway.cli.main import app\nfrom typer.main import get_command\n"
        "group = get_command(app)\n"
        "for name in group.list_commands(None):\n"
        "    print(name, group.get_command(None, name).get_short_help_str(200), sep='\\t')\n"
    )
    told = ask(source, code)
    lines = (line.partition("\t")[::2] for line in told.splitlines())
    commands = "\n".join(f".TP\n.B {_roff(name)}\n{_roff(text)}" for name, text in lines)
    return MANUAL.format(date=date, version=version, commands=commands)


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", r"\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def completion(source: Path, shell: str) -> str:
    """Return the completion script for bash, zsh or fish."""
    return ask(source, f"from typer._completion_shared import get_completion_script as s; print(s(**{COMPLETED | {'shell': shell}!r}))")


def copyright_file(version: str, libraries: list[tuple[str, str, str]]) -> str:
    """Return the copyright file in Debian's form."""
    named = "\n".join(f"  {name} {number}: {licence}" for name, number, licence in libraries if name != "hulian")
    return COPYRIGHT.format(version=version, libraries=named)


def ask(source: Path, code: str) -> str:
    """Return what a piece of Python prints that imports the program."""
    environment = {**os.environ, "PYTHONPATH": str(source)}
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, env=environment, cwd=source).stdout  # noqa: S603
