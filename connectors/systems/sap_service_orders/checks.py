"""`portal check`: each set and operation that the connector needs, tried once, with a hint where one fails."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

import msgspec

from connectors.errors import (
    ConnectorError,
    SourceBusy,
    SourceMisanswered,
    SourceMisconfigured,
    SourceRejected,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.ports import CheckResult
from connectors.records import Case, ServiceOrder
from connectors.systems.sap_service_orders.client import ODataClient
from connectors.systems.sap_service_orders.literals import resource
from connectors.systems.sap_service_orders.projection import Projections
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.wire import Envelope, reader

_ANY_ROW = reader(msgspec.json.Decoder(Envelope[dict[str, msgspec.Raw]]))
_PARTNERS = frozenset({"sold_to", "ship_to"})

Probe = tuple[str, Callable[[], Awaitable[object]], str]

_HINTS: tuple[tuple[type[ConnectorError], str], ...] = (
    (SourceUnreachable, "Is `url` right, and may this machine reach it? For TLS see `ca_file`."),
    (SourceTimeout, "The system is slow or swallows the call: raise `timeout`, or look at the way there."),
    (SourceBusy, "The system's limit on requests is used up: lower `concurrency`, or ask for a higher limit."),
    (SourceMisanswered, "Something other than SAP's OData V2 answered: is there a sign-in page or proxy in between?"),
)


def probes(
    client: ODataClient,
    settings: SapServiceOrdersSettings,
    of_cases: Projections[Case],
    of_orders: Projections[ServiceOrder],
) -> list[Probe]:
    """What is tried: a name, the call, and where to look when SAP refuses it."""
    notifications, orders = settings.notification_service, settings.order_service
    own = [name for name in settings.custom_fields.model_dump().values() if name]
    standard = of_cases.of(of_cases.every - _PARTNERS - settings.custom_fields.model_dump().keys()).projection
    partners = of_cases.of({"id", "number", "asset_id", "sold_to"}).projection
    order = of_orders.of(of_orders.every).projection

    def one(service: str, entity_set: str, options: dict[str, str]) -> Callable[[], Awaitable[object]]:
        return lambda: client.page(service, resource(entity_set, {**options, "$top": "1"}), _ANY_ROW)

    through = partners.options_through("to_Notif", ("PartnerFunction", "Partner"), paths=settings.select_paths)
    select_own = {"$select": ",".join(["MaintenanceNotification", *own])}
    rights = "Is the service active, and may the user read it? See `root` and the services' names in the settings."
    tried: list[Probe] = [
        ("sign-in", lambda: ping(client, settings), "Check user and password or token, and `sap_client`."),
        ("cases", one(notifications, "MaintenanceNotification", standard.options(paths=settings.select_paths)), rights),
        (
            "partners of cases",
            one(notifications, "MaintenanceNotification", partners.options(paths=settings.select_paths)),
            rights,
        ),
        ("cases of an account", one(notifications, "MaintenanceNotificationPartner", through), rights),
        ("activities", one(notifications, "MaintNotificationItemActivity", {}), rights),
        ("service orders", one(orders, "A_ServiceOrder", order.options(paths=settings.select_paths)), rights),
        ("assets of orders", one(orders, "A_ServiceOrderRefObject", {}), rights),
    ]
    if own:
        names = ", ".join(own)
        hint = f"One of {names} is missing: `custom_fields` names the deployment's own fields; empty is none."
        tried.append(("custom fields", one(notifications, "MaintenanceNotification", select_own), hint))
    if settings.use_batch:
        cheap = resource("MaintenanceNotification", {"$select": "MaintenanceNotification", "$top": "1"})
        hint = "$batch needs a CSRF token and its cookies; set `use_batch = false` where a proxy stands against it."
        tried.append(("$batch", lambda: client.batched(notifications, [cheap, cheap], _ANY_ROW), hint))
    return tried


async def ping(client: ODataClient, settings: SapServiceOrdersSettings) -> None:
    cheap = resource("MaintenanceNotification", {"$select": "MaintenanceNotification", "$top": "1"})
    await client.page(settings.notification_service, cheap, _ANY_ROW)


async def run(tried: list[Probe]) -> list[CheckResult]:
    return list(await asyncio.gather(*(_run(*probe) for probe in tried)))


async def _run(what: str, call: Callable[[], Awaitable[object]], hint: str) -> CheckResult:
    started = monotonic()
    try:
        await call()
    except ConnectorError as error:
        return CheckResult(what, ok=False, seconds=monotonic() - started, hint=_hint(error, hint))
    return CheckResult(what, ok=True, seconds=monotonic() - started)


def _hint(error: ConnectorError, own: str) -> str:
    if isinstance(error, SourceRejected):
        return f"The system says: {error.message} {own}"
    if isinstance(error, SourceMisconfigured):
        return f"The system {error.message}. {own}"
    general = next((hint for kind, hint in _HINTS if isinstance(error, kind)), "")
    return f"The system {error.message}. {general}".strip()
