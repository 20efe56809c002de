"""The columns that a table may have: each a field of the graph, so that a table tells what the graph does."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple

from connectors.vocabulary import ExportList


class Kind(Enum):
    """What stands in a column."""

    TEXT = "TEXT"
    NUMBER = "NUMBER"
    DAY = "DAY"
    INSTANT = "INSTANT"
    FLAG = "FLAG"


class Column(NamedTuple):
    """`path` leads from a row to its value, by fields of the graph, each with its alias and arguments."""

    path: tuple[str, ...]
    kind: Kind = Kind.TEXT
    width: int = 20  # characters

    def value(self, row: Mapping[str, Any]) -> Any:  # Any: JSON
        """None where any part of the path is null."""
        found: Any = row
        for step in self.path:
            found = None if found is None else found[step.partition(":")[0]]
        return found


def _text(*path: str, width: int = 20) -> Column:
    return Column(path, Kind.TEXT, width)


def _instant(name: str) -> Column:
    return Column((name,), Kind.INSTANT, 17)


def _day(name: str) -> Column:
    return Column((name,), Kind.DAY, 12)


OF_INSTALLED_PRODUCTS: Mapping[str, Column] = {
    "ASSET_ID": _text("assetId", width=14),
    "DESCRIPTION": _text("description", width=32),
    "CUSTOM_NAME": _text("customName", width=28),
    "SERIAL_NUMBER": _text("serialNumber", width=16),
    "TECHNICAL_ID": _text("technicalId", width=16),
    "INSTALLED_PRODUCT_NUMBER": _text("installedProductNumber", width=16),
    "UDI": _text("udi", "full", width=36),
    "ASSET_TAG": _text("assetTag", width=14),
    "PRODUCT_CODE": _text("productCode", width=14),
    "MODALITY": _text("modalityLabel", width=26),
    "STATUS": _text("statusLabel", width=14),
    "OPERATIONAL_STATE": _text("operationalStateLabel", width=18),
    "OPEN_CASES": Column(("openCases: cases(filter: {open: true})", "totalCount"), Kind.NUMBER, 12),
    "INSTALLATION_DATE": _day("installationDate"),
    "END_OF_LIFE": _day("endOfLife"),
    "END_OF_SERVICE": _day("endOfService"),
    "ACCOUNT": _text("account", "name", width=32),
    "ACCOUNT_NUMBER": _text("account", "number", width=14),
    "LOCATION": _text("functionalLocationDescription", width=28),
    "CITY": _text("location", "city", width=18),
    "REFERENCE_NUMBER": _text("customData", "referenceNumber", width=18),
    "LOCATION_NOTE": _text("customData", "locationNote", width=24),
    "UPDATED_AT": _instant("updatedAt"),
}

OF_CASES: Mapping[str, Column] = {
    "NUMBER": _text("number", width=16),
    "SAP_NOTIFICATION_NUMBER": _text("sapNotificationNumber", width=16),
    "DESCRIPTION": _text("description", width=40),
    "PRIORITY": _text("priorityLabel", width=20),
    "STATUS": _text("statusLabel", width=14),
    "ORIGIN": _text("originLabel", width=12),
    "EVENT_TYPE": _text("eventTypeLabel", width=26),
    "IS_DOWN": Column(("isDown",), Kind.FLAG, 10),
    "ASSET_ID": _text("installedProduct", "assetId", width=14),
    "ASSET_DESCRIPTION": _text("installedProduct", "description", width=32),
    "CUSTOM_NAME": _text("installedProduct", "customName", width=28),
    "SERIAL_NUMBER": _text("installedProduct", "serialNumber", width=16),
    "MODALITY": _text("installedProduct", "modalityLabel", width=26),
    "ACCOUNT": _text("account", "name", width=32),
    "LOCATION": _text("installedProduct", "functionalLocationDescription", width=28),
    "REPORTER": _text("reporter"),
    "PURCHASE_ORDER": _text("purchaseOrder", width=16),
    "CREATED_AT": _instant("createdAt"),
    "UPDATED_AT": _instant("updatedAt"),
    "REQUIRED_START": _instant("requiredStart"),
    "REQUIRED_END": _instant("requiredEnd"),
    "REPORTED_CLOSING_DATE": _instant("reportedClosingDate"),
}

COLUMNS: Mapping[ExportList, Mapping[str, Column]] = {
    ExportList.INSTALLED_PRODUCTS: OF_INSTALLED_PRODUCTS,
    ExportList.CASES: OF_CASES,
}

InstalledProductColumn = Enum("InstalledProductColumn", {name: name for name in OF_INSTALLED_PRODUCTS})  # type: ignore[misc]  # one list of columns, two names
CaseColumn = Enum("CaseColumn", {name: name for name in OF_CASES})  # type: ignore[misc]  # as above

NAMES: Mapping[ExportList, type[Enum]] = {
    ExportList.INSTALLED_PRODUCTS: InstalledProductColumn,
    ExportList.CASES: CaseColumn,
}

DEFAULT: Mapping[ExportList, tuple[str, ...]] = {
    ExportList.INSTALLED_PRODUCTS: (
        "ASSET_ID",
        "DESCRIPTION",
        "CUSTOM_NAME",
        "SERIAL_NUMBER",
        "MODALITY",
        "OPERATIONAL_STATE",
        "STATUS",
        "ACCOUNT",
        "LOCATION",
        "INSTALLATION_DATE",
    ),
    ExportList.CASES: (
        "NUMBER",
        "DESCRIPTION",
        "PRIORITY",
        "STATUS",
        "EVENT_TYPE",
        "ASSET_ID",
        "ASSET_DESCRIPTION",
        "ACCOUNT",
        "CREATED_AT",
        "REPORTED_CLOSING_DATE",
    ),
}
"""Where nobody chooses columns."""
