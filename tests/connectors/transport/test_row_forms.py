"""Rows straight into records: only what is wanted is decoded, and odd shapes are nothing."""

from datetime import UTC, datetime

import msgspec
import pytest

from connectors.records import Account, Provenance
from connectors.transport.row_forms import RowForm, Source

FROM = Provenance("any", datetime(2026, 11, 22, tzinfo=UTC))


def as_it_is(value: object) -> object:
    return value


def account_of(body: bytes, **paths: str) -> Account:
    sources = {attribute: Source((path,), as_it_is) for attribute, path in paths.items()}
    form = RowForm(Account, sources, kind=str | None)
    return form.record(msgspec.json.decode(body, type=form.row), FROM)


def test_a_row_holds_what_is_wanted_and_nothing_else() -> None:
    form = RowForm(Account, {"id": Source(("Id",), as_it_is), "name": Source(("Name", "Id"), max)}, kind=str | None)
    assert form.row.__struct_encode_fields__ == ("Id", "Name")
    row = msgspec.json.decode(b'{"Id":"1","Name":"2","More":[{"and":"more"}]}', type=form.row)
    assert form.record(row, FROM) == Account(provenance=FROM, id="1", name="2")
    assert form.value(("Name",), str)(row) == "2"


@pytest.mark.parametrize("owner", ["null", '"text"', "7", "true", '[{"Name":"x"}]', "{}", '{"Parent":3}'])
def test_what_leads_nowhere_is_nothing(owner: str) -> None:
    body = f'{{"Id":"1","Owner":{owner}}}'.encode()
    account = account_of(body, id="Id", name="Owner.Name", city="Owner.Parent.City")
    assert account == Account(provenance=FROM, id="1")


def test_a_path_leads_through_objects() -> None:
    body = b'{"Id":"1","Owner":{"Name":"A","Parent":{"City":"B"}}}'
    account = account_of(body, id="Id", name="Owner.Name", city="Owner.Parent.City")
    assert (account.name, account.city) == ("A", "B")


@pytest.mark.parametrize("name", ["class", "Name", "a b", "'); --", "p0"])
def test_a_property_may_be_called_anything(name: str) -> None:
    body = msgspec.json.encode({"Id": "1", name: "x"})
    assert account_of(body, id="Id", name=name).name == "x"
