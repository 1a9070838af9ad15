"""`accelerate launch` over two processes trains what one does: the fast path stays a TRL trainer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def launch(model: Path, out: Path, processes: int, batch: int) -> list[dict[str, Any]]:
    """What each rank found."""
    out.mkdir()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    flags = ["--mixed_precision", "no", "--num_machines", "1", "--dynamo_backend", "no"]
    flags += ["--num_processes", str(processes), "--main_process_ip", "127.0.0.1", "--main_process_port", str(port)]
    # accelerate has no flag for several CPU processes: this one is its torchrun, and ACCELERATE_USE_CPU picks gloo.
    many = ["--multi_gpu"] if processes > 1 else ["--cpu"]
    script = ["-m", "tests.bench.two_processes", str(model), str(out), str(batch)]
    done = subprocess.run(
        [sys.executable, "-m", "accelerate.commands.launch", *flags, *many, *script],
        cwd=ROOT,
        env={**os.environ, "ACCELERATE_USE_CPU": "true", "OMP_NUM_THREADS": "1", "GLOO_SOCKET_IFNAME": "lo"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return [json.loads((out / f"rank{rank}.json").read_text()) for rank in range(processes)]


@pytest.fixture(scope="module")
def found(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """(one process with batches of four, two with batches of two)."""
    folder = tmp_path_factory.mktemp("distributed")
    return launch(tiny_model, folder / "one", 1, 4)[0], launch(tiny_model, folder / "two", 2, 2)


@pytest.mark.parametrize("method", ["sft", "dpo"])
def test_two_processes_train_what_one_does(method: str, found: tuple[dict[str, Any], list[dict[str, Any]]]) -> None:
    alone, ranks = found
    assert alone[method]["processes"] == 1
    assert [rank[method]["processes"] for rank in ranks] == [2, 2]
    assert [rank[method]["wrapped"] for rank in ranks] == ["DistributedDataParallel"] * 2
    assert ranks[0][method]["adapter"] == ranks[1][method]["adapter"]
    assert ranks[0][method]["adapter"] == pytest.approx(alone[method]["adapter"], abs=1e-4)
    assert ranks[0][method]["losses"] == pytest.approx(alone[method]["losses"], abs=1e-4)
    assert len(set(alone[method]["losses"])) > 1
