"""The broker's folder: a cache, written anew at every start from what is stored elsewhere, so that no damage to it lasts."""

import os
import pwd
import shutil
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from threading import Lock

import orjson

from gateway.errors import ConfigurationInvalid, ExtraMissing
from gateway.protocol.broker import mosquitto
from gateway.protocol.broker.plan import Doors, Identity, Papers
from gateway.protocol.broker.rights import whole

_USERS = ("mosquitto", "nobody")


class BrokerFolder:
    """Writes the files of one broker, for it and us only."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lists = 0
        self._newest: tuple[datetime, bytes] | None = None
        self._writing = Lock()

    @property
    def socket(self) -> Path:
        """Return the socket nobody else can reach."""
        return self.path / mosquitto.OWN_SOCKET

    def write(self, doors: Doors, identities: Iterable[Identity]) -> None:
        """Write everything anew; ConfigurationInvalid for papers that cannot be read, ExtraMissing where they cannot be used."""
        with self._writing:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.path.is_symlink():
                raise ConfigurationInvalid(f"{self.path} is a link, and what lies behind it is not the broker's: remove the link")
            self.path.chmod(0o700)
            shutil.rmtree(self.path / mosquitto.REVOKED, ignore_errors=True)
            (self.path / mosquitto.REVOKED).mkdir(mode=0o700)
            user = _user()
            self._put(mosquitto.CONFIGURATION, mosquitto.configuration(doors, user).encode())
            self._put(mosquitto.TLS, mosquitto.TLS_CONFIGURATION.encode())
            self._put(mosquitto.RIGHTS, orjson.dumps(whole(identities, open=bool(doors.open))))
            if doors.papers is not None:
                self._papers(doors.papers)
            if user is not None:
                self._hand_over(user)

    def revoke(self, revoked: bytes) -> bool:
        """Have a newer revocation list looked at from the next handshake on; False when it is not newer than the last (in seconds)."""
        with self._writing:
            return self._revoke(revoked)

    def _revoke(self, revoked: bytes) -> bool:
        hashed, issued = _read_list(revoked)
        if self._newest is not None and issued <= self._newest[0]:
            return revoked == self._newest[1]
        name, upcoming = f"{mosquitto.REVOKED}/{hashed:08x}.r{self._lists}", f"{mosquitto.REVOKED}/next"
        self._put(upcoming, revoked)
        if (user := _user()) is not None:
            os.chown(self.path / upcoming, pwd.getpwnam(user).pw_uid, -1, follow_symlinks=False)
        (self.path / upcoming).rename(self.path / name)
        self._lists, self._newest = self._lists + 1, (issued, revoked)
        return True

    def _papers(self, papers: Papers) -> None:
        self._put("authority.pem", papers.authority)
        self._put("server.pem", papers.certificate)
        self._put("server.key", papers.key)
        self._put("revoked.pem", papers.revoked)
        self._lists, self._newest = 0, None
        self._revoke(papers.revoked)

    def _put(self, name: str, content: bytes) -> None:
        path = self.path / name
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)

    def _hand_over(self, user: str) -> None:
        """Give everything to the user the broker becomes; root reads it all the same."""
        identifier = pwd.getpwnam(user).pw_uid
        for path in (self.path, *self.path.rglob("*")):
            os.chown(path, identifier, -1, follow_symlinks=False)  # whoever took the broker over may have left links there


def _user() -> str | None:
    """Return whom the broker becomes when we are root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in _USERS if name in known), "root")


def _read_list(revoked: bytes) -> tuple[int, datetime]:
    """Return the hash of the issuer's name under which OpenSSL looks a list up, and when the list was issued."""
    try:
        from cryptography import x509  # noqa: PLC0415 - only who serves the LAN has it
    except ImportError as error:
        raise ExtraMissing("MQTT over TLS needs `pip install 'hulian[trust]'`") from error
    from gateway.protocol.broker.hashed import name_hash  # noqa: PLC0415

    try:
        read = x509.load_pem_x509_crl(revoked)
    except ValueError as error:
        raise ConfigurationInvalid(f"the revocation list of the home cannot be read: {error}") from error
    return name_hash(read.issuer), read.last_update_utc
