"""Where weights come from: the embedded default, a folder, or a hub name. Safetensors only, no remote code."""

from __future__ import annotations

import hashlib
import importlib.metadata
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench import chat, embedded
from bench.types import BenchError

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

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
    if name is None or name == embedded.NAME:
        folder, name = embedded.folder(), embedded.NAME
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
            f"name and the network, download it first and give its folder, or leave --model out for {embedded.NAME}"
        ) from error
