"""Managing users: who may do what to whom (R3, R6), decided anew with every change.

A user that is not the manager's is not there. What goes wrong is told as `Unfit`, for the form that was sent.
"""

import re
from collections.abc import Callable, Collection, Sequence
from enum import Enum
from typing import Any, NamedTuple
from uuid import uuid4

from auth.credentials import Credentials, Where
from auth.notices import Notice, Notices
from auth.rules import Action, decide
from auth.scope import ScopeCompiler
from auth.viewer import Viewer
from connectors.errors import SourceConflict
from connectors.people import AuditAction, AuditEvent, LinkKind, User
from connectors.people_ports import People
from connectors.registry import Clock
from connectors.vocabulary import Role, UserStatus

PORTAL_ROLES = (Role.READER, Role.USER, Role.MANAGER)
"""R1: the roles of a customer's own people."""

_ADDRESS = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?=.{1,190}$)(?:[\w-]{1,63}\.)+[\w-]{2,63}", re.ASCII)
_LONGEST_NAME = 120
_MOST_ACCOUNTS = 1000
_TRIES = 5


class Fault(Enum):
    """What is wrong with what a person asked for."""

    REQUIRED = "REQUIRED"
    MALFORMED = "MALFORMED"
    TOO_LONG = "TOO_LONG"
    NOT_FOUND = "NOT_FOUND"
    TAKEN = "TAKEN"
    BEYOND_PARENT_ACCOUNT = "BEYOND_PARENT_ACCOUNT"
    NO_PORTAL_ROLE = "NO_PORTAL_ROLE"
    YOURSELF = "YOURSELF"
    HELPDESK_ONLY = "HELPDESK_ONLY"
    WRONG_STATUS = "WRONG_STATUS"
    CHANGED_MEANWHILE = "CHANGED_MEANWHILE"
    TOO_MANY = "TOO_MANY"
    TOO_SOON = "TOO_SOON"
    NO_ASSET_ID = "NO_ASSET_ID"
    KEY_USED = "KEY_USED"
    NOT_ACCEPTED = "NOT_ACCEPTED"
    FILE_KIND = "FILE_KIND"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    FILE_UNREADABLE = "FILE_UNREADABLE"
    FILE_ENCRYPTED = "FILE_ENCRYPTED"
    FILE_ACTIVE = "FILE_ACTIVE"
    FILE_INFECTED = "FILE_INFECTED"


class Unfit(Exception):
    """`field` is the input field at fault, as `accountNumbers`."""

    def __init__(self, fault: Fault, field: str | None = None) -> None:
        super().__init__(fault, field)
        self.fault = fault
        self.field = field


class UnfitForm(Exception):
    """Several things are wrong with one form."""

    def __init__(self, faults: Sequence[Unfit]) -> None:
        super().__init__(*faults)
        self.faults = tuple(faults)


class Authority(NamedTuple):
    """On whose behalf users are managed: `parent_account` bounds whom (None: everybody)."""

    actor: str
    actions: frozenset[Action]
    parent_account: str | None
    where: Where = Where()

    def reaches(self, user: User) -> bool:
        if self.parent_account is None:
            return True
        return user.parent_account == self.parent_account and user.role in PORTAL_ROLES


def authority_of(viewer: Viewer, where: Where) -> Authority | None:
    """What the viewer may do to users; None for who may do nothing."""
    actions = frozenset(action for action in Action if decide(viewer, action).allowed)
    if viewer.role is Role.HELPDESK:
        return Authority(viewer.subject, actions, None, where)
    if viewer.role is Role.MANAGER and viewer.parent_account is not None:
        return Authority(viewer.subject, actions, viewer.parent_account, where)
    return None


Change = Callable[[User], dict[str, Any]]
"""The attributes to change of a user as it is now. Raises Unfit where that can't be. Any: each has its own type."""


class Directory:
    def __init__(
        self, people: People, scopes: ScopeCompiler, credentials: Credentials, notices: Notices, clock: Clock
    ) -> None:
        self._people = people
        self._scopes = scopes
        self._credentials = credentials
        self._notices = notices
        self._clock = clock

    async def users(self, authority: Authority) -> Sequence[User]:
        """Whom the authority reaches."""
        found = await self._people.users.all(parent_account=authority.parent_account)
        return [user for user in found if authority.reaches(user)]

    async def user(self, authority: Authority, user_id: str) -> User:
        """Raises Unfit(NOT_FOUND), alike for who is not there and who is not within reach."""
        user = (await self._people.users.by_id([user_id])).get(user_id)
        if user is None or not authority.reaches(user):
            raise Unfit(Fault.NOT_FOUND, "userId")
        return user

    async def invite(
        self,
        authority: Authority,
        *,
        email: str,
        name: str,
        role: Role,
        accounts: Collection[str],
        locale: str,
        parent_account: str | None = None,
        time_zone: str = "UTC",
    ) -> User:
        """Add a user and send the activation link. `parent_account` is for who is bound to none."""
        parent = authority.parent_account or parent_account
        user = await self.prepared(
            authority,
            email=email,
            name=name,
            role=role,
            accounts=accounts,
            locale=locale,
            parent_account=parent,
            time_zone=time_zone,
        )
        event = _event(authority, AuditAction.USER_INVITED, user.id, role=role.value, accounts=_told(user.accounts))
        try:
            await self._people.users.add(user, event)
        except SourceConflict:
            raise Unfit(Fault.TAKEN, "email") from None
        await self._credentials.send_link(user, LinkKind.ACTIVATION, authority.actor, authority.where)
        return user

    async def prepared(
        self,
        authority: Authority,
        *,
        email: str,
        name: str,
        role: Role,
        accounts: Collection[str],
        locale: str,
        parent_account: str | None,
        time_zone: str = "UTC",
    ) -> User:
        """The user that would be added; nothing is kept yet. Raises Unfit."""
        address = checked_address(email)
        if len(name) > _LONGEST_NAME:
            raise Unfit(Fault.TOO_LONG, "name")
        if authority.parent_account is not None and role not in PORTAL_ROLES:
            raise Unfit(Fault.NO_PORTAL_ROLE, "role")
        if await self._people.users.by_email(address) is not None:
            raise Unfit(Fault.TAKEN, "email")
        return User(
            id=str(uuid4()),
            email=address,
            name="".join(filter(str.isprintable, name)).strip(),
            role=role,
            parent_account=parent_account,
            accounts=await self._within(parent_account, accounts),
            locale=locale,
            time_zone=time_zone,
            created_at=self._clock(),
        )

    async def change_role(self, authority: Authority, user_id: str, role: Role, version: int | None = None) -> User:
        def change(user: User) -> dict[str, Any]:
            if user.id == authority.actor:
                raise Unfit(Fault.YOURSELF, "userId")
            if role not in PORTAL_ROLES:
                raise Unfit(Fault.NO_PORTAL_ROLE, "role")
            return {"role": role}

        event = _event(authority, AuditAction.ROLE_CHANGED, user_id, role=role.value)
        return await self._change(authority, user_id, change, event, version)

    async def assign(
        self, authority: Authority, user_id: str, accounts: Collection[str], version: int | None = None
    ) -> User:
        """Give the user these accounts in place of those that were. One who lost them by inactivity gets new ones from
        the helpdesk alone (R6)."""
        user = await self.user(authority, user_id)
        wanted = await self._within(user.parent_account, accounts)
        helpdesk = authority.parent_account is None

        def change(user: User) -> dict[str, Any]:
            if user.needs_helpdesk and not helpdesk:
                raise Unfit(Fault.HELPDESK_ONLY, "userId")
            return {"accounts": wanted, "needs_helpdesk": user.needs_helpdesk and not wanted}

        event = _event(
            authority,
            AuditAction.ASSIGNMENTS_CHANGED,
            user_id,
            accounts=_told(wanted),
            before=_told(user.accounts),
        )
        return await self._change(authority, user_id, change, event, version)

    async def disable(self, authority: Authority, user_id: str, version: int | None = None) -> User:
        """From the next request on the user is let in nowhere; sessions and grants end at once."""

        def change(user: User) -> dict[str, Any]:
            if user.id == authority.actor:
                raise Unfit(Fault.YOURSELF, "userId")
            if user.status is UserStatus.DISABLED:
                raise Unfit(Fault.WRONG_STATUS, "userId")
            return {"status": UserStatus.DISABLED}

        event = _event(authority, AuditAction.USER_DISABLED, user_id)
        user = await self._change(authority, user_id, change, event, version)
        await self._notices.post(Notice.DISABLED, user.email, user.locale, name=user.name or user.email)
        return user

    async def enable(self, authority: Authority, user_id: str, version: int | None = None) -> User:
        """Let a disabled user in again, with the assignments that were."""

        def change(user: User) -> dict[str, Any]:
            if user.status is not UserStatus.DISABLED:
                raise Unfit(Fault.WRONG_STATUS, "userId")
            known = user.password_changed_at is not None or user.last_active_at is not None
            return {"status": UserStatus.ACTIVE if known else UserStatus.INVITED}

        event = _event(authority, AuditAction.USER_ENABLED, user_id)
        return await self._change(authority, user_id, change, event, version)

    async def resend_activation(self, authority: Authority, user_id: str) -> User:
        user = await self.user(authority, user_id)
        if user.status is not UserStatus.INVITED:
            raise Unfit(Fault.WRONG_STATUS, "userId")
        await self._credentials.send_link(user, LinkKind.ACTIVATION, authority.actor, authority.where)
        return user

    async def _change(
        self, authority: Authority, user_id: str, change: Change, event: AuditEvent, version: int | None
    ) -> User:
        """Decide and change; where somebody else was faster, decide again by what there is now."""
        for _ in range(_TRIES):
            user = await self.user(authority, user_id)
            if version is not None and user.version != version:
                raise Unfit(Fault.CHANGED_MEANWHILE, "version")
            try:
                return await self._people.users.change(user, event, **change(user))
            except SourceConflict:
                continue
        raise Unfit(Fault.CHANGED_MEANWHILE, "userId")

    async def _within(self, parent_account: str | None, accounts: Collection[str]) -> frozenset[str]:
        """The numbers, all of which lie under the parent account (R2, R3). Raises Unfit."""
        wanted = frozenset(number.strip().lstrip("0") for number in accounts)
        if not wanted:
            return wanted
        if len(wanted) > _MOST_ACCOUNTS:
            raise Unfit(Fault.TOO_MANY, "accountNumbers")
        if parent_account is None:
            raise Unfit(Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")
        tree = await self._scopes.hierarchy(parent_account)
        if not wanted <= {account.number for account in tree.values()}:
            raise Unfit(Fault.BEYOND_PARENT_ACCOUNT, "accountNumbers")
        return wanted


def checked_address(email: str) -> str:
    """The e-mail address, trimmed. Raises Unfit."""
    address = email.strip()
    if not address:
        raise Unfit(Fault.REQUIRED, "email")
    if not _ADDRESS.fullmatch(address):
        raise Unfit(Fault.MALFORMED, "email")
    return address


def checked_text(text: str, field: str, *, required: bool = False, at_most: int = 200) -> str:
    """The text, trimmed, without what can't be shown. Raises Unfit."""
    trimmed = "".join(each for each in text if each.isprintable() or each == "\n").strip()
    if required and not trimmed:
        raise Unfit(Fault.REQUIRED, field)
    if len(trimmed) > at_most:
        raise Unfit(Fault.TOO_LONG, field)
    return trimmed


def _event(authority: Authority, action: AuditAction, subject: str, **details: str) -> AuditEvent:
    return AuditEvent(
        action=action,
        actor=authority.actor,
        subject=subject,
        details=details,
        network=authority.where.network,
        request_id=authority.where.request_id,
    )


def _told(accounts: Collection[str]) -> str:
    return " ".join(sorted(accounts))
