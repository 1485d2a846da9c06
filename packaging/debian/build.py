"""`make deb`: a package for Debian 12 and Raspberry Pi OS, one for each kind of machine, that needs no network to be installed.

Why one that brings its libraries: Debian 12 has none of the versions we are tested with, and a hub in a cupboard must be installable,
and mendable, without an index on the internet. Why from wheels: any machine then builds for every other, with `pip` and `dpkg-deb` alone.

The program lies in a folder named for its version, and one link says which that is. dpkg puts files, and after them links, in place in
the order they have in the package, that link last, and takes the old folder away after that: an upgrade that is cut off at any moment
leaves a program that starts, the old one or the new one.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import papers
import program
from machines import MACHINES, Machine

HERE = Path(__file__).parent
SOURCE = HERE.parent.parent
MAINTAINER = "The Hulian founders <founders@hulian.invalid>"
SCRIPTS = ("preinst", "postinst", "prerm", "postrm")
PLACES = {
    "hulian.service": "lib/systemd/system/hulian.service",
    "hulian.toml": "etc/hulian/hulian.toml",
    "check-files": "usr/lib/hulian/check-files",
}
LAUNCHER = Path("usr/share/hulian/launcher")
SWITCH = Path("usr/share/hulian/program")
"""The link to the version that is started: dpkg puts it in place after all of usr/lib, whose own links come after its files."""


def main() -> None:
    """Build the package the arguments ask for, and print where it is."""
    if f"python{sys.version_info[0]}.{sys.version_info[1]}" != program.PYTHON:
        sys.exit(f"the package is for Debian 12: build it with {program.PYTHON}, whose bytecode it carries")
    asked = _arguments()
    with tempfile.TemporaryDirectory() as stage:
        machine = MACHINES[asked.architecture].without(asked.without)
        print(build(asked.source.resolve(), Path(stage), asked.architecture, machine, asked.output.resolve(), asked.fast))  # noqa: T201


def build(source: Path, stage: Path, architecture: str, machine: Machine, output: Path, fast: bool) -> Path:
    """Return the package of `source`, made in the empty folder `stage`."""
    version = tomllib.loads((source / "pyproject.toml").read_text())["project"]["version"]
    epoch = _epoch(source)
    prefix = f"/usr/lib/hulian/{version}"
    words = {
        "VERSION": version,
        "ARCHITECTURE": architecture,
        "MAINTAINER": MAINTAINER,
        "PROGRAM": f"/{SWITCH}",
        "DATE": time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(epoch)),
        "DEPENDS": "".join(f", {each}" for each in machine.depends),
        **_schemas(source),
    }
    folder = stage / prefix.lstrip("/")
    folder.mkdir(parents=True)
    site = program.install(source, folder, prefix, machine)
    _place(source, stage, words)
    _papers(source, stage, site, version, epoch, words)
    program.compile_all(stage, folder, epoch)
    _control(stage, words)
    output.mkdir(parents=True, exist_ok=True)
    package = output / f"hulian_{version}_{architecture}.deb"
    packing = ("-Zgzip", "-z1") if fast else ("-Zxz",)
    command = ["dpkg-deb", "--root-owner-group", *packing, "--build", str(stage), str(package)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env={**os.environ, "SOURCE_DATE_EPOCH": str(epoch)})  # noqa: S603
    _check_order(package, prefix)
    return package


def _check_order(package: Path, prefix: str) -> None:
    """Raise SystemExit when the switch does not come after the program it leads to."""
    listed = subprocess.run(["dpkg-deb", "--contents", str(package)], capture_output=True, text=True, check=True).stdout.splitlines()  # noqa: S603, S607
    names = [line.split()[5] for line in listed]
    last = max(place for place, name in enumerate(names) if name.startswith(f".{prefix}/"))
    if names.index(f"./{SWITCH}") < last:
        raise SystemExit(f"{SWITCH} comes before the program in the package: an upgrade that is cut off could leave neither")


def _place(source: Path, stage: Path, words: Mapping[str, str]) -> None:
    for name, place in PLACES.items():
        target = stage / place
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text((HERE / name).read_text())
    (stage / PLACES["check-files"]).chmod(0o755)
    launcher = _folder(stage, LAUNCHER.parent) / LAUNCHER.name
    launcher.write_text(_filled("launcher", words))
    launcher.chmod(0o755)
    (stage / SWITCH).symlink_to(Path("..", "..", "lib", "hulian", words["VERSION"]))
    (_folder(stage, "usr/bin") / "hulian").symlink_to(Path("..", *LAUNCHER.parts[1:]))
    shutil.copy(source / "CHANGELOG.md", _folder(stage, "usr/share/doc/hulian"))


def _papers(source: Path, stage: Path, site: Path, version: str, epoch: int, words: Mapping[str, str]) -> None:
    documents = _folder(stage, "usr/share/doc/hulian")
    (documents / "copyright").write_text(papers.copyright_file(version, program.licences(site)))
    _gzip(documents / "changelog.gz", _filled("changelog", words))
    date = time.strftime("%Y-%m-%d", time.gmtime(epoch))
    _gzip(_folder(stage, "usr/share/man/man1") / "hulian.1.gz", papers.manual(source, version, date))
    (_folder(stage, "usr/share/bash-completion/completions") / "hulian").write_text(papers.completion(source, "bash"))
    (_folder(stage, "usr/share/zsh/vendor-completions") / "_hulian").write_text(papers.completion(source, "zsh"))


def _control(stage: Path, words: Mapping[str, str]) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file() and not path.is_symlink())
    control = _folder(stage, "DEBIAN")
    size = sum(-(-path.stat().st_size // 1024) for path in files)
    (control / "control").write_text(_filled("control", {**words, "SIZE": str(size)}))
    (control / "conffiles").write_text("/etc/hulian/hulian.toml\n")
    (control / "md5sums").write_text("".join(f"{_md5(path)}  {path.relative_to(stage)}\n" for path in files))
    for name in SCRIPTS:
        (control / name).write_text(_filled(name, words))
        (control / name).chmod(0o755)


def _schemas(source: Path) -> dict[str, str]:
    code = "from gateway.storage.backup import SCHEMAS as s; print(s['state.db'], s['history.db'])"
    state, history = papers.ask(source, code).split()
    return {"STATE_SCHEMA": state, "HISTORY_SCHEMA": history}


def _filled(name: str, words: Mapping[str, str]) -> str:
    text = (HERE / name).read_text()
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def _folder(stage: Path, place: str | Path) -> Path:
    folder = stage / place
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _gzip(path: Path, text: str) -> None:
    import gzip  # noqa: PLC0415

    path.write_bytes(gzip.compress(text.encode(), 9, mtime=0))


def _md5(path: Path) -> str:
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def _epoch(source: Path) -> int:
    """Return the time everything in the package gets: SOURCE_DATE_EPOCH, else the last commit's, else now."""
    given = os.environ.get("SOURCE_DATE_EPOCH")
    if given:
        return int(given)
    asked = subprocess.run(["git", "-C", str(source), "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return int(asked.stdout) if asked.returncode == 0 and asked.stdout.strip() else int(time.time())


def _arguments() -> argparse.Namespace:
    here = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()  # noqa: S607
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--architecture", choices=tuple(MACHINES), default=here)
    parser.add_argument("--source", type=Path, default=SOURCE, help="the tree to build")
    parser.add_argument("--output", type=Path, default=SOURCE / "dist", help="the folder the package goes into")
    parser.add_argument("--without", action="append", default=[], metavar="EXTRA", help="leave an extra out: `web` are the pages")
    parser.add_argument("--fast", action="store_true", help="pack quickly rather than tightly: for tests")
    return parser.parse_args()


if __name__ == "__main__":
    main()
