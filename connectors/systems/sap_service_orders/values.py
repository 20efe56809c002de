"""How SAP's values are read. Each takes what a property may hold, in the shape most of them have without detours."""

from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import structlog

from connectors.records import Visit
from connectors.systems.sap_service_orders.instants import TimeZones, instant_of
from connectors.systems.sap_service_orders.literals import bare
from connectors.systems.sap_service_orders.settings import SapServiceOrdersSettings
from connectors.systems.sap_service_orders.wire import (
    Appointments,
    Partners,
    ReferenceObjects,
    Scalar,
    inline,
)
from connectors.vocabulary import CaseStatus

E = TypeVar("E", bound=Enum)

log = structlog.get_logger(__name__)


def text(value: Scalar) -> str | None:
    """Empty is None: SAP has no null for texts."""
    if isinstance(value, str):
        return value.strip() or None
    return None if value is None else str(value)


def number(value: Scalar) -> str | None:
    """Bare; one of nothing but zeros is none."""
    if isinstance(value, str) and value.isdigit() and value.isascii():
        return value.lstrip("0") or None
    found = text(value)
    return None if found is None else bare(found)


def flag(value: Scalar) -> bool:
    """An Edm.Boolean, or ABAP's X."""
    return value is True or (value is not False and str(value).strip().lower() in ("x", "true", "1"))


def assets(objects: ReferenceObjects) -> tuple[str, ...]:
    """The equipment of an order's reference objects, the main one first, each once; a place is no asset."""
    rows = sorted(inline(objects), key=lambda row: not flag(row.SrvcRefObjIsMainObject))
    numbers = (number(row.ServiceReferenceEquipment) for row in rows)
    return tuple(dict.fromkeys(found for found in numbers if found is not None))


class Values:
    """Reading under one deployment's code lists. A code that they don't hold is None, and logged once."""

    def __init__(self, settings: SapServiceOrdersSettings) -> None:
        self.zones = TimeZones(settings.time_zones)
        self._settings = settings
        self._unknown: set[tuple[str, str]] = set()
        self._phase = self.codes("NotifProcessingPhase", settings.phases)

    def codes(self, name: str, meanings: Mapping[str, E]) -> Callable[[Scalar], E | None]:
        """`name` is the property, as it stands in the log."""
        known: Mapping[Any, E] = meanings  # Any: asked for whatever a property holds

        def meaning(value: Scalar) -> E | None:
            return known.get(value) or self._odd_code(name, value, meanings)

        return meaning

    def status(self, phase: Scalar, tokens: Scalar) -> CaseStatus:
        """A phase that the settings don't know is taken as new: a case that nobody is known to work on."""
        status = self._phase(phase)
        if status is CaseStatus.RESOLVED and self._settings.closed_token in str(tokens or "").split():
            return CaseStatus.CLOSED
        return status or CaseStatus.NEW

    def asset_id(self, technical_object: Scalar, marker: Scalar) -> str | None:
        """TechnicalObject, where it is equipment and not a functional location."""
        equipment = self._settings.equipment_marker
        is_equipment = marker == equipment or text(marker) == equipment
        return number(technical_object) if is_equipment else None

    def partner(self, function: str) -> Callable[[Partners], str | None]:
        """The number of the first partner of that function."""

        def number_of(partners: Partners) -> str | None:
            for row in inline(partners):
                if row.PartnerFunction == function or text(row.PartnerFunction) == function:
                    return number(row.Partner)
            return None

        return number_of

    def visit(self, appointments: Appointments) -> Visit | None:
        found = {text(row.SrvcDocAppointmentType): row for row in inline(appointments)}
        planned = found.get(self._settings.planned_appointment)
        actual = found.get(self._settings.actual_appointment)
        if planned is None and actual is None:
            return None
        return Visit(
            planned_start=instant_of(planned.SrvcDocApptStartDateTime) if planned else None,
            planned_end=instant_of(planned.SrvcDocApptEndDateTime) if planned else None,
            actual_start=instant_of(actual.SrvcDocApptStartDateTime) if actual else None,
            actual_end=instant_of(actual.SrvcDocApptEndDateTime) if actual else None,
        )

    def _odd_code(self, name: str, value: Scalar, meanings: Mapping[str, E]) -> E | None:
        """One that is blank, padded, a number, or unknown."""
        code = text(value)
        if code is None:
            return None
        known = meanings.get(code)
        if known is None and (name, code) not in self._unknown and len(self._unknown) < 1_000:
            self._unknown.add((name, code))
            log.warning("sap.unknown_code", property=name, code=code[:20])
        return known
