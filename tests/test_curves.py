"""Reading curves: what is kept, and what is refused with which sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simworth.curves import curve, read_csv
from simworth.errors import InputError


def written(folder: Path, text: str) -> Path:
    path = folder / "errors.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_trial_is_kept(tmp_path: Path) -> None:
    made = read_csv(written(tmp_path, "replicate, n,error,m\n0,10,1.5,20\n1,10,1.25,20\n\n0,0,2,20\n"))
    assert made.n.tolist() == [10, 10, 0]
    assert made.error.tolist() == [1.5, 1.25, 2]
    assert made.replicate.tolist() == [0, 1, 0]
    assert made.sizes.tolist() == [10]


def test_without_replicates_every_trial_is_alone(tmp_path: Path) -> None:
    made = read_csv(written(tmp_path, "n,error\n10,1.5\n10,1.25\n"))
    assert made.replicate.tolist() == [-1, -1]
    assert made.m.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("n,error\n", "a header and no rows"),
        ("n,mae\n1,2\n", "has no column 'error' \\(found: n, mae\\)"),
        ("n,error,colour\n1,2,red\n", "column 'colour' is unknown"),
        ("n,error,n\n1,2,1\n", "column 'n' stands twice"),
        ("n,error\n10,1\nmany,2\n", "line 3, column n: 'many' is not a number"),
        ("n,error\n10,\n", "line 2, column error: an empty cell is not a number"),
        ("n,error\n10,1\n20\n", "line 3: has 1 cells where the header has 2"),
        ("n,error\n10,nan\n", "line 2: error is nan"),
        ("n,error\n10,inf\n", "line 2: error is inf"),
        ("n,error\n10,-1\n", "line 2: error is -1"),
        ("n,error\n-5,1\n", "line 2: n is -5"),
        ("n,error\nnan,1\n", "line 2: n is nan"),
        ("n,error,m\n5,1,0\n", "line 2: m is 0"),
        ("n,error,replicate\n5,1,0.5\n", "column replicate: 0.5 is no whole number"),
        ("n,error,replicate\n5,1,nan\n", "column replicate: nan is no whole number"),
        ("n,error,replicate\n5,1,-2\n", "column replicate: -2 is no whole number"),
        ("n,error,replicate\n5,1,0\n9,1,0\n5,2,0\n", "line 4: repeats line 2"),
    ],
)
def test_bad_files_are_refused_in_words(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(InputError, match=says) as caught:
        read_csv(written(tmp_path, text))
    assert "\n" not in str(caught.value)


def test_a_missing_file_and_a_binary_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_csv(tmp_path / "nowhere.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00n")
    with pytest.raises(InputError, match="not a CSV text file"):
        read_csv(tmp_path / "binary.csv")


def test_arrays_are_checked() -> None:
    with pytest.raises(InputError, match="n has 2 values and error 1"):
        curve([1, 2], [1])
    with pytest.raises(InputError, match="error holds something that is not a number"):
        curve([1], ["a"])
    with pytest.raises(InputError, match="shape"):
        curve([], [])
    with pytest.raises(InputError, match="trial 2 repeats trial 1"):
        curve([5, 5], [1, 2], replicate=[0, 0])
    with pytest.raises(InputError, match="n has 3 values and m 2"):
        curve([1, 2, 3], [1, 2, 3], m=[1, 2])


def test_a_failed_trial_is_nan_and_counted() -> None:
    made = curve([10, 20], [1.0, np.nan])
    assert made.failed.tolist() == [False, True]
    assert made.sizes.tolist() == [10]


def test_the_digest_ignores_the_order_of_rows() -> None:
    one = curve([10, 20, 30], [3, 2, 1], replicate=[0, 0, 0])
    two = curve([30, 10, 20], [1, 3, 2], replicate=[0, 0, 0])
    assert one.digest() == two.digest()
    assert one.digest() != curve([10, 20, 30], [3, 2, 1.5], replicate=[0, 0, 0]).digest()
