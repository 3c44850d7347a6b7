"""What the door asks of the server: passwords and memberships of roles, and settings in the start-up packet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...kernels.errors import UserError
from ...pgwire.auth.scram import Verifier
from ...planner.catalog.roles import member_of

if TYPE_CHECKING:
    from ..server import Server


class RoleAccounts:
    """The roles of the catalog as `Accounts` of the login rules."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def verifier_of(self, user: str) -> Verifier | None:
        role = self._server.catalog.snapshot.roles.get(user)
        if role is None or role.password is None or not role.login:
            return None
        if role.valid_until is not None and role.valid_until < self._server.clock.micros():
            return None
        return Verifier.parse(role.password)

    def is_member(self, user: str, role: str) -> bool:
        return role in member_of(self._server.catalog.snapshot, user)


def options_of(text: str) -> list[tuple[str, str]]:
    """Settings in the start-up parameter `options`: -c name=value and --name=value, blanks escaped by backslashes."""
    words: list[str] = []
    word, escaped = "", False
    for c in text + " ":
        if escaped or not (c.isspace() or c == "\\"):
            word, escaped = word + c, False
        elif c == "\\":
            escaped = True
        elif word:
            words.append(word)
            word = ""
    found: list[tuple[str, str]] = []
    while words:
        head = words.pop(0)
        if head == "-c" and words:
            head = words.pop(0)
        elif head.startswith(("-c", "--")) and len(head) > 2:
            head = head[2:]
        else:
            raise UserError(f"invalid command-line argument for server process: {head}", "42601")
        name, equals, value = head.partition("=")
        if not equals:
            raise UserError(f"-c {name} requires a value", "42601")
        found.append((name.replace("-", "_"), value))
    return found
