"""UDIs parse by their agency's format; what doesn't is kept as it came and flagged (V5)."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fixtures.world.model import World
from schema.udi import Udi, UdiAgency, parse_udi

pytestmark = pytest.mark.rule("V5")

_HIBCC_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%"
_UPPER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_FNC1 = "\x1d"

unhurried = settings(deadline=None)  # other workers take their share of the processors
gtin_bodies = st.text("0123456789", min_size=13, max_size=13)
gs1_values = st.text(_UPPER + "abcxyz-./_!*+", min_size=1, max_size=20)
near_days = st.dates(date(2010, 1, 1), date(2045, 12, 31))
hibcc_primaries = st.from_regex(r"\+[A-Z][A-Z0-9]{3}[A-Z0-9]{1,18}[0-9]", fullmatch=True)
hibcc_numbers = st.text(_UPPER, min_size=1, max_size=18)
pieces = (
    *("(01)", "01", "(17)", "17", "(21)", "10", "]d2", "]C1", "https://id.gs1.org/01/", "05901234123457", "320100"),
    *("+A99912345", "/$$", "$+", "+$", "/16D20220115", "/S", "*", "_", " ", _FNC1, "3320115", "7"),
    *("=/A9999XYZ100T0944", "=,000025", "=>014032", "=}", "&,1", "&)", "=+06000", "[", "?17=320101", "%2F"),
)
fragments = st.lists(st.sampled_from(pieces) | st.text(max_size=4), max_size=8).map("".join)


def gtin(body: str) -> str:
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(body))
    return body + str(-total % 10)


def hibcc(data: str) -> str:
    return data + _HIBCC_ALPHABET[sum(map(_HIBCC_ALPHABET.index, data)) % 43]


def malformed(text: str) -> bool:
    udi = parse_udi(text)
    if udi.malformed:
        assert udi == Udi(full=text, malformed=True)
    return udi.malformed


def dates(text: str) -> tuple[date | None, date | None]:
    udi = parse_udi(text)
    assert not udi.malformed
    return udi.manufacture_date, udi.expiry_date


@pytest.fixture(scope="module")
def recorded(story: World) -> dict[str, str]:
    return {asset.key: asset.udi for asset in story.assets if asset.udi}


@pytest.mark.parametrize(
    ("key", "agency", "identifier", "serial", "lot", "dated"),
    [
        ("a01", UdiAgency.GS1, "05901234123457", "MR30001", "LOT42", True),
        ("a05", UdiAgency.HIBCC, "M742ANGIA200", "IXR0005", "L05A", True),
        ("a06", UdiAgency.ICCBBA, "A9999US0900V0006", "000006", "000000000000LOT006", True),
        ("a13", UdiAgency.GS1, "04012345678901", "MR15013", None, True),
        ("a26", UdiAgency.GS1, "05901234123457", "MR30026", None, False),
    ],
)
def test_the_storys_udis_parse_by_agency(
    recorded: dict[str, str], key: str, agency: UdiAgency, identifier: str, serial: str, lot: str | None, dated: bool
) -> None:
    assert parse_udi(recorded[key]) == Udi(
        full=recorded[key],
        malformed=False,
        agency=agency,
        device_identifier=identifier,
        serial_number=serial,
        lot=lot,
        manufacture_date=date(2022, 1, 15) if dated else None,
        expiry_date=date(2032, 1, 15) if dated else None,
    )


def test_the_storys_malformed_udis_are_kept_as_they_came(recorded: dict[str, str]) -> None:
    assert {key for key, text in recorded.items() if malformed(text)} == {"a08", "a33"}


@unhurried
@given(st.text() | fragments)
def test_no_text_raises_and_every_text_is_kept(text: str) -> None:
    udi = parse_udi(text)
    assert udi.full == text
    assert udi.malformed == (udi.agency is None) == (udi.device_identifier is None)


@unhurried
@given(gtin_bodies, near_days, near_days, gs1_values, gs1_values)
def test_gs1_parts_come_back_from_every_way_to_write_them(
    body: str, made: date, expires: date, lot: str, serial: str
) -> None:
    dated = f"{made:%y%m%d}", f"{expires:%y%m%d}"
    written = (
        f"(01){gtin(body)}(11){dated[0]}(17){dated[1]}(10){lot}(21){serial}",
        f"01{gtin(body)}11{dated[0]}17{dated[1]}10{lot}{_FNC1}21{serial}",
        f"]d2{_FNC1}01{gtin(body)}10{lot}{_FNC1}11{dated[0]}17{dated[1]}21{serial}{_FNC1}",
    )
    for text in written:
        assert parse_udi(text) == Udi(
            full=text,
            malformed=False,
            agency=UdiAgency.GS1,
            device_identifier=gtin(body),
            serial_number=serial,
            lot=lot,
            manufacture_date=made,
            expiry_date=expires,
        )


@unhurried
@given(gtin_bodies, st.integers(1, 9))
def test_a_wrong_gs1_check_digit_is_malformed(body: str, off: int) -> None:
    right = gtin(body)
    wrong = body + str((int(right[-1]) + off) % 10)
    assert not malformed(f"(01){right}(21)1")
    assert malformed(f"(01){wrong}(21)1")
    assert malformed(f"01{wrong}211")


@pytest.mark.parametrize("symbology", ["", "]C1", "]d2", "]Q3", "]e0", "]J1"])
def test_gs1_is_read_with_and_without_a_symbology_identifier(symbology: str) -> None:
    udi = parse_udi(f"{symbology}010590123412345710LOT{_FNC1}21SER")
    assert (udi.device_identifier, udi.lot, udi.serial_number) == ("05901234123457", "LOT", "SER")


def test_a_gs1_digital_link_is_read() -> None:
    udi = parse_udi("https://id.gs1.org/01/05901234123457/10/LOT/21/S%2F1?17=320100&lang=pl")
    assert (udi.agency, udi.device_identifier) == (UdiAgency.GS1, "05901234123457")
    assert (udi.lot, udi.serial_number, udi.expiry_date) == ("LOT", "S/1", date(2032, 1, 31))


def test_day_00_of_gs1_is_the_months_last() -> None:
    assert dates("(01)05901234123457(11)240200(17)320400") == (date(2024, 2, 29), date(2032, 4, 30))


def test_gs1_brackets_in_a_serial_number_and_blanks_between_are_read() -> None:
    assert parse_udi("(01) 05901234123457 (21) A(B)1").serial_number == "A(B)1"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "05901234123457",
        "(21)MR30001",
        "(01)0590123412345",
        "(01)05901234123457(17)320230",
        "(01)05901234123457(17)321301",
        "(01)05901234123457(17)000000",
        "(01)05901234123457(21)" + 21 * "1",
        "(01)05901234123457(10)A(10)B",
        "(01)05901234123457(05)1",
        "(01)05901234123457 21 MR30001",
        "(x)(01)05901234123457",
        "x(01)05901234123457",
        "010590123412345710" + 20 * "L" + "21SERIAL",
        "]C0010590123412345721SER",
        "https://example.com/products/17",
        "(01)٠٥٩٠١٢٣٤١٢٣٤٥٧",
        "(01)05901234123457(21)" + 2000 * "1",
    ],
)
def test_what_gs1_does_not_allow_is_malformed(text: str) -> None:
    assert malformed(text)


@pytest.mark.parametrize(
    ("text", "identifier", "serial", "lot", "made", "expires"),
    [
        ("+A123BJC5D6E71G", "A123BJC5D6E71", None, None, None, None),
        ("*+H123ABC01234567890D*", "H123ABC01234567890", None, None, None, None),
        ("+A99912345/$$52001510X33", "A99912345", None, "10X3", None, date(2020, 1, 15)),
        (
            "+A99912345/$$52001510X3/16D20111212/S77DEFG457",
            "A99912345",
            "77DEFG45",
            "10X3",
            date(2011, 12, 12),
            date(2020, 1, 15),
        ),
        (
            "+A99912345/$10X3/16D20111231/14D202001313",
            "A99912345",
            None,
            "10X3",
            date(2011, 12, 31),
            date(2020, 1, 31),
        ),
        (
            "+A99912349/$10X3/16D20111231/14D20200131/Q500Z",
            "A99912349",
            None,
            "10X3",
            date(2011, 12, 31),
            date(2020, 1, 31),
        ),
    ],
)
def test_the_examples_of_the_hibcc_standard_are_read(
    text: str, identifier: str, serial: str | None, lot: str | None, made: date | None, expires: date | None
) -> None:
    udi = parse_udi(text)
    assert (udi.agency, udi.device_identifier, udi.serial_number, udi.lot) == (
        UdiAgency.HIBCC,
        identifier,
        serial,
        lot,
    )
    assert (udi.manufacture_date, udi.expiry_date) == (made, expires)


@pytest.mark.parametrize(
    ("format_", "expires"),
    [
        ("0228", date(2028, 2, 29)),
        ("2021328", date(2028, 2, 13)),
        ("3280213", date(2028, 2, 13)),
        ("428021323", date(2028, 2, 13)),
        ("528366", date(2028, 12, 31)),
        ("62836600", date(2028, 12, 31)),
        ("7", None),
        ("8123280213", date(2028, 2, 13)),
        ("9001230228", date(2028, 2, 29)),
        ("8127", None),
        ("812", None),
    ],
)
@unhurried
@given(hibcc_primaries, hibcc_numbers.map("L{}".format))
def test_every_hibcc_date_format_stands_before_lot_and_serial_number(
    format_: str, expires: date | None, primary: str, number: str
) -> None:
    number = number[:18]
    lot = parse_udi(hibcc(f"{primary}/$${format_}{number}"))
    serial = parse_udi(hibcc(f"{primary}/$$+{format_}{number}"))
    assert (lot.device_identifier, lot.lot, lot.serial_number, lot.expiry_date) == (primary[1:], number, None, expires)
    assert (serial.lot, serial.serial_number, serial.expiry_date) == (None, number, expires)


@unhurried
@given(hibcc_primaries, hibcc_numbers, hibcc_numbers)
def test_hibcc_lot_and_serial_number_need_no_date(primary: str, lot: str, serial: str) -> None:
    for data in (f"{primary}/${lot}/S{serial}", f"{primary}/$+{serial}/$$7{lot}", f"{primary}/${lot}/$+{serial}"):
        udi = parse_udi(hibcc(data))
        assert (udi.device_identifier, udi.lot, udi.serial_number) == (primary[1:], lot, serial)


@unhurried
@given(hibcc_primaries, hibcc_numbers, st.integers(1, 42))
def test_a_wrong_hibcc_check_character_is_malformed(primary: str, lot: str, off: int) -> None:
    right = hibcc(f"{primary}/${lot}")
    wrong = right[:-1] + _HIBCC_ALPHABET[(_HIBCC_ALPHABET.index(right[-1]) + off) % 43]
    assert not malformed(right)
    assert malformed(wrong)


def test_a_blank_check_character_may_be_written_as_an_underscore() -> None:
    text = next(text for n in range(100) if (text := hibcc(f"+A999{n}1")).endswith(" "))
    assert not malformed(text)
    assert not malformed(f"*{text[:-1]}_*")


def test_hibcc_symbols_that_are_linked_are_read_together() -> None:
    for text in (
        "+A999123457+$$90999910X37-+$$+320011577DEFG4572+16D201112127Z",
        "*+A999123457* *+$$90999910X37-* *+$$+320011577DEFG4572**+16D201112127Z*",
    ):
        udi = parse_udi(text)
        assert (udi.device_identifier, udi.lot, udi.serial_number) == ("A99912345", "10X3", "77DEFG45")
        assert (udi.manufacture_date, udi.expiry_date) == (date(2011, 12, 12), date(2020, 1, 15))


def test_hibcc_symbols_of_another_product_are_malformed() -> None:
    assert not malformed("+A999123457" + hibcc("+$10X37"))
    assert malformed("+A999123457" + hibcc("+$10X38"))


@pytest.mark.parametrize(
    "data",
    [
        "+",
        "+$$052810X3",
        "+A9991",
        "+999912345",
        "+A99912345/",
        "+A99912345/X1",
        "+A99912345/$$132810X3",
        "+A99912345/$$3280230L",
        "+A99912345/$$4280213241",
        "+A99912345/$$527366",
        "+A99912345/$$527000",
        "+A99912345/16D20220229",
        "+A99912345/16D00000101",
        "+A99912345/14D20221",
        "+A99912345/$" + 19 * "1",
        "+A99912345/S1/S2",
        "+A99912345/$$3280213L/14D20280214",
    ],
)
def test_what_hibcc_does_not_allow_is_malformed_though_the_check_character_is_right(data: str) -> None:
    assert malformed(hibcc(data))


def test_the_fdas_iccbba_examples_are_read() -> None:
    tissue = parse_udi("=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123")
    assert (tissue.agency, tissue.device_identifier) == (UdiAgency.ICCBBA, "A9999XYZ100T0944")
    assert (tissue.serial_number, tissue.lot) == ("000025", "000000000000XYZ123")
    assert (tissue.manufacture_date, tissue.expiry_date) == (date(2013, 2, 1), date(2014, 2, 1))
    container = parse_udi("=)1TE123456A &)RZ12345678")
    assert (container.agency, container.device_identifier, container.lot) == (
        UdiAgency.ICCBBA,
        "1TE123456A",
        "RZ12345678",
    )


@unhurried
@given(
    st.text(_UPPER, min_size=16, max_size=16),
    st.text(_UPPER, min_size=6, max_size=6),
    st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    st.dates(date(1950, 1, 1), date(2099, 12, 31)),
    st.permutations(range(4)),
)
def test_iccbba_parts_come_back_in_any_order(
    identifier: str, serial: str, made: date, expires: date, order: list[int]
) -> None:
    made_on, expires_on = (f"{day.year % 1000:03}{day:%j}" for day in (made, expires))
    structures = (f"=/{identifier}", f"=,{serial}", f"=}}{made_on}", f"&>{expires_on}2359")
    udi = parse_udi("=+04000" + "".join(structures[place] for place in order))
    assert (udi.agency, udi.device_identifier, udi.serial_number) == (UdiAgency.ICCBBA, identifier, serial)
    assert (udi.manufacture_date, udi.expiry_date) == (made, expires)


@pytest.mark.parametrize(
    "text",
    [
        "=/A9999XYZ100T094",
        "=/A9999XYZ100T09444",
        "=/A9999XYZ100T0944=>014000",
        "=/A9999XYZ100T0944=>014366",
        "=/A9999XYZ100T0944&>0140322400",
        "=/A9999XYZ100T0944=/A9999XYZ100T0945",
        "=/A9999XYZ100T0944=<E0389",
        "=,000025",
        "&,1000000000000XYZ123",
    ],
)
def test_what_iccbba_does_not_allow_is_malformed(text: str) -> None:
    assert malformed(text)
