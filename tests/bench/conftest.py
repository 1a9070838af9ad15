"""What many tests of the bench start from: weights, rows, and one finished run, each made once."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from advisor.types import Message
from bench import certificate, models
from bench.engine import Example
from tasks import data
from tests.bench.small_run import RUN, Json, bench, make_place, run_folder


@pytest.fixture(scope="session")
def weights(tiny_model: Path) -> models.Weights:
    """Of the tiny model."""
    return models.resolve(str(tiny_model))


@pytest.fixture(scope="session")
def rows() -> list[Example]:
    """As many as a certificate reads."""
    found = data.rows("rag", "train")[: certificate.BATCHES * certificate.ROWS]
    return [Example(r["id"], (Message("user", r["prompt"]),), r["chosen"], r["rejected"]) for r in found]


@pytest.fixture(scope="session")
def place(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    """A finished run, and what it was made from."""
    folder = make_place(tmp_path_factory.mktemp("finished"), tiny_model)
    said = bench(*RUN, inside=folder)
    assert said.code == 0, said.err
    assert said.out == f"runs/{run_folder(folder).name}/report.html\n"
    return folder


@pytest.fixture(scope="session")
def run(place: Path) -> Path:
    return run_folder(place)


@pytest.fixture(scope="session")
def result(run: Path) -> Json:
    found: Json = json.loads((run / "result.json").read_bytes())
    return found


@pytest.fixture(scope="session")
def track(result: Json) -> Json:
    [found] = result["tracks"]
    return dict(found)


@pytest.fixture
def copy(place: Path, tmp_path: Path) -> Path:
    """The finished run, to be harmed."""
    return Path(shutil.copytree(place, tmp_path / "copy"))
