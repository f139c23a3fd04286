from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simworth.errors import InputError
from simworth.starting.plain import plain_csv
from simworth.tables.csvfile import number, read_csv

PLAIN = "smiles,dipole\nCCO,1.44\nCC(C)=O,2.88\nCCN,1.3\n"
FILE = Path("table.csv")


def told(text: str | bytes, path: Path = FILE) -> tuple[str, tuple[str, ...]]:
    data = text.encode() if isinstance(text, str) else text
    plain = plain_csv(path, data)
    read_csv(FILE, plain.data)
    return plain.data.decode("utf-8-sig"), plain.changes


@pytest.mark.parametrize("data", [PLAIN, PLAIN.replace("\n", "\r\n"), "\ufeff" + PLAIN, PLAIN + "\n\n"])
def test_a_plain_file_is_left_as_it_is(data: str) -> None:
    assert plain_csv(FILE, data.encode()) == (data.encode(), ())


def test_a_gzip_file_and_tabs_in_a_tsv_are_plain() -> None:
    packed = gzip.compress(PLAIN.encode(), mtime=0)
    assert plain_csv(Path("t.csv.gz"), packed).changes == ()
    assert plain_csv(Path("t.tsv"), PLAIN.replace(",", "\t").encode()).changes == ()


@pytest.mark.parametrize(
    ("text", "change"),
    [
        (PLAIN.replace(",", ";"), "columns are separated by semicolons"),
        (PLAIN.replace(",", "\t"), "columns are separated by tabs"),
        (PLAIN.replace(",", "|"), "columns are separated by bars"),
        (PLAIN.replace(",", ";").replace(".", ","), "column 'dipole' has decimal commas"),
        (PLAIN.replace("1.44", '"1,44"'), "column 'dipole' has decimal commas"),
        ("# from the lab\n" + PLAIN, "line 1 begins with #"),
        ("# from\n# the lab\n" + PLAIN, "2 lines before the header begin with #"),
        (PLAIN + ",\n,\n", "2 rows are empty"),
        (PLAIN.encode("utf-16"), "it is UTF-16 text"),
        (PLAIN.replace("dipole", "µ").encode("cp1252"), "it is not UTF-8 but, as it seems, Windows-1252 text"),
        (PLAIN.replace("dipole", "双極子").encode("cp932"), "it is not UTF-8 but, as it seems, Shift JIS text"),
    ],
)
def test_what_is_not_plain_is_said_and_mended(text: str | bytes, change: str) -> None:
    plain, changes = told(text)
    assert change in changes
    rows = list(csv.reader(io.StringIO(plain)))
    assert [r[1] for r in rows[1:]] == ["1.44", "2.88", "1.3"]
    assert [r[0] for r in rows[1:]] == ["CCO", "CC(C)=O", "CCN"]


def test_a_comma_between_thousands_is_left_alone() -> None:
    assert plain_csv(FILE, b'a,b\nx,"1,234"\ny,"2,345"\nz,5\n').changes == ()


def test_three_decimals_between_semicolons_are_decimals() -> None:
    assert "1.234" in told("a;b\nx;1,234\ny;2,345\n")[0]


def test_words_for_no_value_become_empty_cells_among_numbers_alone() -> None:
    plain, changes = told("a,b,c\nx,1.5,n/a\ny,n/a,good\nz,-,bad\nw,2,-\nv,3,x\n")
    assert changes == ("column 'b' says '-', 'n/a' for no value",)
    assert plain == "a,b,c\nx,1.5,n/a\ny,,good\nz,,bad\nw,2,-\nv,3,x\n"


def test_infinity_is_never_made_no_value() -> None:
    assert plain_csv(FILE, b"a,b\nx,1\ny,inf\nz,2\n").changes == ()


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"  \n \n", "empty"),
        (b"PK\x03\x04rest", "spreadsheet"),
        (bytes(range(256)) * 9, "neither text nor Parquet"),
        (b"\x7fELF\x02\x01\x01\x00\x00", "neither text nor Parquet"),
        (b"\x01\x02\x03\x04\x05\x06\x07", "neither text nor Parquet"),
        (b"\xff\xfe\x00", "neither text nor Parquet"),
        (gzip.compress(PLAIN.encode(), mtime=0)[:20], "damaged"),
        (b"CCO,1.44\nCCN,1.3\nCCC,0.1\n", "row 1: holds '1.44' where the name of a column should be"),
        (b"CCO;1,44\nCCN;1,3\nCCC;0,1\n", "where the name of a column should be"),
        (b"smiles\nCCO\nCCN\n", "only one column"),
        (b"just some prose about nothing in particular\n", "only one column"),
        (b'a,b\n"x,1\ny,2\n' * 3 + b'"', "CSV"),
    ],
)
def test_what_is_no_table_gets_one_sentence(data: bytes, why: str) -> None:
    with pytest.raises(InputError, match=why):
        read_csv(FILE, plain_csv(FILE, data).data)


def test_a_gzip_bomb_is_not_unpacked_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simworth.starting.plain.MOST_BYTES", 1 << 16)
    with pytest.raises(InputError, match="holds more than"):
        plain_csv(FILE, gzip.compress(bytes(1 << 20)))


@given(
    st.lists(st.floats(-1e6, 1e6).map(lambda x: f"{x:.4f}"), min_size=3, max_size=30),
    st.sampled_from([";", "\t", "|"]),
)
def test_numbers_survive_a_spreadsheet_of_another_country(values: list[str], separator: str) -> None:
    lines = ["name" + separator + "value", *(f"m{i}{separator}{v.replace('.', ',')}" for i, v in enumerate(values))]
    plain = plain_csv(FILE, "\n".join(lines).encode())
    assert read_csv(FILE, plain.data).floats("value").tolist() == [number(v) for v in values]


@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_sentence(data: bytes) -> None:
    try:
        plain = plain_csv(FILE, data)
    except InputError:
        return
    assert plain.data == data or plain.changes
