"""A task of lm-evaluation-harness, found by name or path and loaded with its data, or one line that says why not."""

from __future__ import annotations

import difflib
import functools
import importlib.metadata
import logging
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.lmtasks import INSTALLED, PREFIX
from bench.store import dumps, sha256
from bench.types import BenchError

SEED = 1234
"""Of few-shot examples, numpy and torch; lm_eval.defaults has it too, and 0 for Python's own."""
FILES = frozenset({".yaml", ".yml", ".py", ".json", ".jsonl", ".csv", ".tsv"})
"""Beside a task's YAML, what may change what it asks or how it scores."""
_NEAR = 3


def place(name: str) -> tuple[str, str]:
    """(source, what to ask the harness for): an installed name, a name in a folder of YAML files, or a YAML file."""
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise BenchError(f"{PREFIX}{name}: no such file; give the path of a task's YAML")
        return name, name
    folder, _, last = name.rpartition("/")
    if folder and not Path(folder).is_dir():
        raise BenchError(
            f"{PREFIX}{name}: no folder {folder}; give FOLDER/NAME with a folder of task YAML files, or a name"
        )
    return folder or INSTALLED, last


def stamp(source: str) -> str:
    """Hash of the files beside a task that is not installed; of the harness' version otherwise."""
    if source == INSTALLED:
        return importlib.metadata.version("lm_eval")
    folder = Path(source) if Path(source).is_dir() else Path(source).parent
    files = sorted(p for p in folder.iterdir() if p.suffix in FILES and p.is_file())
    return sha256(
        dumps(
            [
                str(folder.resolve()),
                [[p.name, sha256(p.read_bytes())] for p in files],
                importlib.metadata.version("lm_eval"),
            ]
        )
    )


@functools.lru_cache(maxsize=64)
def load(name: str, source: str, version: str) -> Any:
    """The task, its data read.

    Raises:
        BenchError: there is no such task, its data cannot be had, or it cannot be asked here.
    """
    import datasets
    import jinja2
    import yaml

    spec = f"{PREFIX}{name if source in {INSTALLED, name} else f'{source}/{name}'}"
    try:
        manager = _manager(source, version)
        if source != name:
            _check_known(spec, name, manager)
        seed()
        loaded = manager.load(name)["tasks"]
    except OSError as error:
        raise BenchError(
            f"{spec}: its data cannot be read or fetched ({_line(error)}); without network they must be in the datasets "
            f"cache or in local files that its YAML names"
        ) from error
    except ImportError as error:
        raise BenchError(f"{spec}: {_line(error)}; install what it needs, or leave it out") from error
    except (ValueError, TypeError, LookupError, AttributeError, RuntimeError, AssertionError, ArithmeticError,
            NameError, SyntaxError, datasets.exceptions.DatasetsError, jinja2.TemplateError,
            yaml.YAMLError) as error:  # fmt: skip
        raise BenchError(f"{spec}: lm-eval cannot load it ({type(error).__name__}: {_line(error)}); mend it") from error
    return _single(spec, loaded)


@functools.lru_cache(maxsize=8)
def _manager(source: str, version: str) -> Any:  # noqa: ARG001  (as of `load`)
    from lm_eval.tasks import TaskManager

    logging.getLogger("lm_eval").setLevel(logging.ERROR)
    if source == INSTALLED:
        return TaskManager()
    return TaskManager(include_path=source if Path(source).is_dir() else None, include_defaults=False)


def _check_known(spec: str, name: str, manager: Any) -> None:
    if name in manager.all_subtasks:
        return
    near = [f"{spec.removesuffix(name)}{n}" for n in difflib.get_close_matches(name, manager.all_subtasks, _NEAR)]
    hint = f"did you mean {' or '.join(near)}?" if near else "`lm_eval ls tasks` lists those installed"
    group = name in manager.all_tasks
    raise BenchError(f"{spec}: {'a group; name its tasks one by one' if group else 'no such task'}; {hint}")


def _single(spec: str, loaded: Mapping[str, Any]) -> Any:
    if len(loaded) != 1:
        raise BenchError(
            f"{spec}: holds {len(loaded)} tasks; name them one by one: {', '.join(sorted(loaded)[:_NEAR])}, …"
        )
    [task] = loaded.values()
    if getattr(task, "UNSAFE_CODE", False):
        raise BenchError(f"{spec}: it runs code that the model writes, which is not done here; leave it out")
    if getattr(task, "MULTIMODAL", False):
        raise BenchError(f"{spec}: it asks about images or sound, and the models here read text; leave it out")
    if task.get_config("num_fewshot") is None:
        task.set_config(key="num_fewshot", value=0)
    return task


def _line(error: BaseException) -> str:
    return " ".join(str(error).split())[:200]


def seed() -> None:
    """As lm_eval.simple_evaluate seeds before it loads and asks."""
    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
