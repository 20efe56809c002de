"""Names of files are safe wherever they are shown, stored or sent."""

import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.attachments.kinds import FileKind
from connectors.attachments.names import LONGEST, distinct_name, safe_name


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Zdjęcie lampy.JPG", "Zdjęcie lampy.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\anna\\tube.png", "tube.jpg"),
        ("x.php.jpg", "x.jpg"),
        ("x.jpg\0.exe", "x.jpg"),
        ("con.jpg", "file.jpg"),
        ("LPT1", "file.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("photo\u202egpj.exe", "photo gpj.jpg"),
        ('a"b;c\r\nSet-Cookie: x', "a_b_c Set-Cookie_ x.jpg"),
        ("", "file.jpg"),
        ("...", "file.jpg"),
        ("a" * 300 + ".jpg", "a" * (LONGEST - 4) + ".jpg"),
    ],
)
def test_a_name_keeps_what_people_know_it_by_and_nothing_else(name: str, safe: str) -> None:
    assert safe_name(name, FileKind.JPEG) == safe


@given(st.text(max_size=200), st.sampled_from(FileKind))
def test_any_name_is_safe_and_stays_so(name: str, kind: FileKind) -> None:
    safe = safe_name(name, kind)
    assert 0 < len(safe) <= LONGEST
    assert safe.endswith(kind.suffix)
    assert not safe.startswith((".", " "))
    assert PurePosixPath(safe).name == safe == PureWindowsPath(safe).name
    assert not any(unicodedata.category(sign)[0] == "C" for sign in safe)
    assert not set(safe) & set('/\\:<>"|?*%;\r\n\0')
    assert safe_name(safe, kind) == safe


def test_two_files_of_one_name_have_each_their_own() -> None:
    assert distinct_name("x y.jpg", "7fa2") == "x y 7fa2.jpg"
