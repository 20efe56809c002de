"""Records as entries of the index: the words they are found by, and through whom they are visible (R11)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from auth.visibility.documents import is_about
from connectors.records import (
    Case,
    CustomAssetData,
    Document,
    InstalledProduct,
    Location,
    ServiceContract,
    ServiceOrder,
)
from connectors.search.facts import Cover, asset_fact, case_fact, encode
from connectors.search.folding import words_of
from connectors.search.index import Grant, SearchEntry, account_key, number_key
from connectors.vocabulary import SearchKind

_LONGEST_BODY = 1_500
"""Words of one entry's text."""


class Fleet(NamedTuple):
    """The equipment of the installed base by equipment number (it may have one twice), by product and by serial."""

    by_number: Mapping[str, Sequence[InstalledProduct]]
    by_product: Mapping[str, Sequence[InstalledProduct]]
    by_serial: Mapping[str, Sequence[InstalledProduct]]


def fleet_of(assets: Iterable[InstalledProduct]) -> Fleet:
    fleet = Fleet({}, {}, {})
    for asset in assets:
        keys = (asset.asset_id, asset.product_code, asset.serial_number)
        for index, key in zip((fleet.by_number, fleet.by_product, fleet.by_serial), keys, strict=True):
            if key is not None:
                index.setdefault(key, []).append(asset)  # type: ignore[attr-defined]  # nobody else holds it yet
    return fleet


def asset_entry(asset: InstalledProduct, own: CustomAssetData | None, covers: Sequence[Cover]) -> SearchEntry:
    own = own or CustomAssetData(provenance=asset.provenance, installed_product_id=asset.id)
    numbers = (
        asset.asset_id,
        asset.installed_product_number,
        asset.serial_number,
        asset.technical_id,
        asset.asset_tag,
        asset.udi,
        own.reference_number,
    )
    return SearchEntry(
        kind=SearchKind.INSTALLED_PRODUCT,
        key=asset.id,
        grants=_owned([asset]),
        numbers=_words(numbers),
        title=_words((asset.description, own.name)),
        body=_words((asset.product_code, asset.product_family, own.description, own.location_note)),
        facts=encode(asset_fact(asset, covers)),
    )


def case_entry(case: Case, fleet: Fleet, orders: Iterable[ServiceOrder]) -> SearchEntry:
    """`orders`: those for work on it."""
    known = fleet.by_number.get(case.asset_id or "")
    asset = next(iter(known or ()), None)
    sold_to = (Grant(number_key(case.sold_to)),) if case.sold_to is not None else ()
    return SearchEntry(
        kind=SearchKind.CASE,
        key=case.id,
        grants=_owned(known) if known else sold_to,
        numbers=_words((case.number, case.id, case.purchase_order)),
        title=_words((case.description,)),
        body=_words((case.long_text,)),
        facts=encode(case_fact(case, asset, orders)),
    )


def contract_entry(contract: ServiceContract, fleet: Fleet) -> SearchEntry:
    """By its head alone: of its lines a viewer may see some and not others."""
    accounts = [Grant(number_key(number)) for number in (contract.sold_to, contract.ship_to) if number is not None]
    covered = [
        asset
        for line in contract.lines
        if not line.rejected and line.asset_id is not None
        for asset in fleet.by_number.get(line.asset_id, ())
    ]
    return SearchEntry(
        kind=SearchKind.SERVICE_CONTRACT,
        key=contract.number,
        grants=tuple(dict.fromkeys([*accounts, *_owned(covered)])),
        numbers=_words((contract.number, contract.purchase_order)),
        title=_words((contract.description,)),
        body=_words((contract.type,)),
    )


def location_entry(location: Location) -> SearchEntry:
    return SearchEntry(
        kind=SearchKind.LOCATION,
        key=location.id,
        grants=(Grant(account_key(location.account_id)),) if location.account_id is not None else (),
        numbers=_words((location.functional_location,)),
        title=_words((location.name,)),
        body=_words((location.street, location.postal_code, location.city)),
    )


def document_entry(document: Document, fleet: Fleet) -> SearchEntry:
    named = [
        *(asset for code in document.product_codes for asset in fleet.by_product.get(code, ())),
        *(asset for serial in document.serial_numbers for asset in fleet.by_serial.get(serial, ())),
    ]
    about = {asset.id: asset for asset in named if is_about(document, asset)}
    return SearchEntry(
        kind=SearchKind.DOCUMENT,
        key=document.id,
        grants=_owned(about.values()),
        numbers=_words((*document.product_codes, document.version)),
        title=_words((document.title,)),
    )


def mistyped(entries: Iterable[SearchEntry]) -> set[str]:
    """Words of texts that people may mistype: of letters alone, and long enough."""
    return {word for entry in entries for word in (*entry.title, *entry.body) if len(word) > 3 and word.isalpha()}


def _owned(assets: Iterable[InstalledProduct]) -> tuple[Grant, ...]:
    return tuple(Grant(account_key(asset.account_id), asset.id) for asset in assets if asset.account_id is not None)


def _words(texts: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(word for text in texts if text for word in words_of(text))[:_LONGEST_BODY]
