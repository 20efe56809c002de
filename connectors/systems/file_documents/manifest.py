"""The list of documents about equipment: a TOML file beside them.

[[documents]]
id = "mr300-ifu-pl"
file = "manuals/mr300-ifu-pl.pdf"     # from the manifest's folder on
title = "Instrukcja używania"
kind = "INSTRUCTIONS_FOR_USE"         # connectors.vocabulary.DocumentKind
products = ["MR-300"]                 # product codes; or `serials`, of single pieces; or both, which both must fit
language = "pl"                       # these five may be left out
version = "4.2"
issued = 2026-01-15
serials = ["SN-4711"]
period = [2026-01-01, 2026-03-31]     # what a report tells of, both days included
"""

import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import PurePosixPath
from typing import Annotated, Any, NamedTuple

import msgspec

from connectors.records import Document, Provenance, Replacement
from connectors.vocabulary import DocumentKind

_MEDIA_TYPES = {
    ".pdf": "application/pdf",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".txt": "text/plain; charset=utf-8",
}
UNKNOWN_TYPE = "application/octet-stream"

_Text = Annotated[str, msgspec.Meta(min_length=1, max_length=300)]


class _Entry(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: _Text
    file: _Text
    title: _Text
    kind: DocumentKind
    language: Annotated[str, msgspec.Meta(pattern="^[a-z]{2,3}$")] | None = None
    version: _Text | None = None
    products: tuple[_Text, ...] = ()
    serials: tuple[_Text, ...] = ()
    issued: date | None = None
    period: tuple[date, date] | None = None


class _Replacement(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    product: _Text
    by: _Text | None = None
    name: _Text


class Read(NamedTuple):
    """`complaints`, for people, name what is left out, and why."""

    documents: tuple[Document, ...]
    replacements: tuple[Replacement, ...]
    complaints: tuple[str, ...]


NOTHING = Read((), (), ())


def read_manifest(text: str, folder: str, sizes: Mapping[str, int], provenance: Provenance) -> Read:
    """`sizes` of the files that there are, by their keys. What is wrong with one document hides no other. Raises
    ValueError where it is no manifest at all."""
    told = tomllib.loads(text)
    entries = _listed(told, "documents")
    found: dict[str, Document] = {}
    complaints = []
    for place, raw in enumerate(entries, 1):
        named = raw.get("id", "") if isinstance(raw, dict) else ""
        try:
            entry = msgspec.convert(raw, _Entry)
            document = _document(entry, folder, sizes, provenance)
            if document.id in found:
                raise ValueError("another document has that id")
        except (msgspec.ValidationError, ValueError) as error:
            complaints.append(f"document {place} ({named or 'without an id'}): {error}")
        else:
            found[document.id] = document
    replacements = {}
    for place, raw in enumerate(_listed(told, "replacements"), 1):
        try:
            each = msgspec.convert(raw, _Replacement)
        except msgspec.ValidationError as error:
            complaints.append(f"replacement {place}: {error}")
        else:
            replacements[each.product] = Replacement(
                provenance=provenance, product_code=each.product, by_code=each.by, by_name=each.name
            )
    return Read(tuple(found.values()), tuple(replacements.values()), tuple(complaints))


def _listed(told: Mapping[str, Any], name: str) -> list[Any]:
    found = told.get(name, [])
    if not isinstance(found, list):
        raise ValueError(f"`{name}` is no list: write [[{name}]] before each")
    return found


def _document(entry: _Entry, folder: str, sizes: Mapping[str, int], provenance: Provenance) -> Document:
    path = PurePosixPath(entry.file)
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"the file {entry.file} does not lie in the manifest's folder")
    key = str(PurePosixPath(folder) / path)
    if key not in sizes:
        raise ValueError(f"there is no file {entry.file}")
    if not entry.products and not entry.serials:
        raise ValueError("it is about nothing: name `products` or `serials`")
    if entry.period is not None and entry.period[1] < entry.period[0]:
        raise ValueError("its period ends before it begins")
    return Document(
        provenance=provenance,
        id=entry.id,
        title=entry.title,
        kind=entry.kind,
        language=entry.language,
        version=entry.version,
        product_codes=entry.products,
        serial_numbers=entry.serials,
        issued_on=entry.issued,
        period_start=None if entry.period is None else entry.period[0],
        period_end=None if entry.period is None else entry.period[1],
        file=key,
        media_type=_MEDIA_TYPES.get(path.suffix.lower(), UNKNOWN_TYPE),
        size=sizes[key],
    )
