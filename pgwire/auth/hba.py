"""Rules that say who may connect from where, and how they prove who they are: the form of PostgreSQL's pg_hba.conf.

    # TYPE    DATABASE  USER       ADDRESS        METHOD         [clientcert=verify-ca|verify-full]
    host      all       all        127.0.0.1/32   trust
    hostssl   all       +analysts  10.0.0.0/8     scram-sha-256

The first rule that fits decides. Methods: trust, reject, scram-sha-256 (also md5), password, cert.
"""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import re
from dataclasses import dataclass
from typing import Protocol

from ...kernels.errors import UserError
from ..limits import FAILED_LOGIN_SECONDS
from .authenticator import Authenticator, Login, SaslChannel, Trust
from .password import CleartextPassword
from .scram import ScramSha256, Verifier

log = logging.getLogger("sabot.login")
METHODS = ("trust", "reject", "scram-sha-256", "md5", "password", "cert")
_TYPES = ("local", "host", "hostssl", "hostnossl")
_TOKEN = re.compile(r'"(?:[^"]|"")*"|#.*|,|[^\s,"#]+')
DEFAULT_RULES = """
host all all 127.0.0.1/32 trust
host all all ::1/128      trust
host all all all          scram-sha-256
"""


class Accounts(Protocol):
    """What the rules need to know of roles."""

    def verifier_of(self, user: str) -> Verifier | None:
        """None if the role is not there, has no password, or its password has expired."""
        ...

    def is_member(self, user: str, role: str) -> bool: ...


@dataclass(frozen=True, slots=True)
class Rule:
    """One line. `network` None is every address. Names are quoted or not: only unquoted words are special."""

    line: int
    type: str
    databases: tuple[str, ...]
    users: tuple[str, ...]
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    method: str
    client_certificate: str = ""

    def fits(self, login: Login, accounts: Accounts) -> bool:
        if (self.type == "local") != (login.address is None):
            return False
        if (self.type == "hostssl" and not login.encrypted) or (self.type == "hostnossl" and login.encrypted):
            return False
        if self.network is not None and not _inside(login.address, self.network):
            return False
        return any(_is_database(d, login) for d in self.databases) and any(_is_user(u, login, accounts) for u in self.users)


def _inside(address: str | None, network: ipaddress.IPv4Network | ipaddress.IPv6Network) -> bool:
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.version == network.version and found in network


def _is_database(word: str, login: Login) -> bool:
    if word.startswith('"'):
        return word[1:] == login.database
    return word == "all" or word == login.database or (word == "sameuser" and login.database == login.user)


def _is_user(word: str, login: Login, accounts: Accounts) -> bool:
    if word.startswith('"'):
        return word[1:] == login.user
    if word.startswith("+"):
        return accounts.is_member(login.user, word[1:])
    return word in ("all", login.user)


def parse_rules(text: str, source: str = "hba") -> tuple[Rule, ...]:
    """The rules of a file; UserError F0000 names the line that is wrong."""
    found: list[Rule] = []
    for number, line in enumerate(text.splitlines(), 1):
        fields = _fields(line)
        if not fields:
            continue

        def wrong(what: str, number: int = number) -> UserError:
            return UserError(f"{source}, line {number}: {what}", "F0000",
                             hint="TYPE DATABASE USER ADDRESS METHOD, as in PostgreSQL's pg_hba.conf.")

        kind = fields[0][0]
        if kind not in _TYPES:
            raise wrong(f'invalid connection type "{kind}"')
        if len(fields) < (4 if kind == "local" else 5):
            raise wrong("end-of-line before authentication method")
        rest = fields[3:]
        network = None
        if kind != "local":
            network, rest = _network(rest, wrong)
        if not rest:
            raise wrong("end-of-line before authentication method")
        method = rest[0][0]
        if method not in METHODS:
            raise wrong(f'invalid authentication method "{method}"')
        certificate = "verify-full" if method == "cert" else ""
        for option in (o for field in rest[1:] for o in field):
            name, _, value = option.partition("=")
            if name != "clientcert" or value not in ("verify-ca", "verify-full"):
                raise wrong(f'unrecognized authentication option "{option}"')
            certificate = value
        found.append(Rule(number, kind, fields[1], fields[2], network, method, certificate))
    return tuple(found)


def _fields(line: str) -> list[tuple[str, ...]]:
    """Blank-separated fields, each a comma-separated list; quoted words keep one leading quote."""
    fields: list[list[str]] = []
    end, joined = -1, False
    for match in _TOKEN.finditer(line):
        token = match[0]
        if token.startswith("#"):
            break
        if token == ",":
            joined = True
            continue
        word = '"' + token[1:-1].replace('""', '"') if token.startswith('"') else token
        if fields and (joined or match.start() == end):
            fields[-1].append(word)
        else:
            fields.append([word])
        end, joined = match.end(), False
    return [tuple(f) for f in fields]


def _network(rest, wrong):  # type: ignore[no-untyped-def]
    """(network, fields behind it) of an address, an address and a mask, or a word."""
    word = rest[0][0]
    if word == "all":
        return None, rest[1:]
    if word in ("samehost", "samenet"):
        return ipaddress.ip_network("127.0.0.0/8"), rest[1:]
    try:
        if "/" in word:
            return ipaddress.ip_network(word, strict=False), rest[1:]
        mask = rest[1][0] if len(rest) > 1 else ""
        return ipaddress.ip_network(f"{word}/{mask}", strict=False), rest[2:]
    except ValueError:
        raise wrong(f'invalid IP address "{word}"') from None


class HostBased:
    """Authenticator by rules. Failed logins are slow, logged, and say no more than that they failed."""

    def __init__(self, rules: tuple[Rule, ...], accounts: Accounts) -> None:
        self._rules = rules
        self._accounts = accounts
        scram = ScramSha256(accounts.verifier_of)
        self._methods: dict[str, Authenticator] = {
            "trust": Trust(), "scram-sha-256": scram, "md5": scram, "cert": Trust(),
            "password": CleartextPassword(accounts.verifier_of),
        }

    async def authenticate(self, login: Login, channel: SaslChannel) -> None:
        try:
            await self._decide(login, channel)
        except UserError as error:
            log.warning("login of user %r from %s failed: %s", login.user, login.peer, error.message)
            await asyncio.sleep(FAILED_LOGIN_SECONDS)
            raise

    async def _decide(self, login: Login, channel: SaslChannel) -> None:
        rule = next((r for r in self._rules if r.fits(login, self._accounts)), None)
        if rule is None or rule.method == "reject":
            what = "no pg_hba.conf entry" if rule is None else "pg_hba.conf rejects connection"
            how = "SSL encryption" if login.encrypted else "no encryption"
            raise UserError(
                f'{what} for host "{login.address}", user "{login.user}", database "{login.database}", {how}', "28000"
            )
        if rule.client_certificate:
            if login.client_name is None:
                raise UserError("connection requires a valid client certificate", "28000")
            if rule.client_certificate == "verify-full" and login.client_name != login.user:
                raise UserError(f'certificate authentication failed for user "{login.user}"', "28000")
        await self._methods[rule.method].authenticate(login, channel)
