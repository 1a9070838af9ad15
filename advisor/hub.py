"""`org/name` → the files of a dataset on the Hugging Face hub, fetched into the hub's own cache.

Only data files are fetched, and no script of a dataset is ever run. HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE hold.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from advisor.types import AdviceError

_NAME = re.compile(r"\A(?P<id>[\w-][\w.-]*/[\w-][\w.-]*)(?::(?P<part>[\w./-]+))?")
_TRAIN = re.compile(r"(?:\A|[\W_])train(?:ing)?(?:[\W_]|\Z)", re.IGNORECASE)
_HELD_OUT = re.compile(r"(?:\A|[\W_])(?:test|dev|valid|validation|val|eval)(?:[\W_]|\Z)", re.IGNORECASE)
_SHOWN = 4
_SECONDS = 20
"""That the hub may take to answer."""


def is_name(path: str | Path) -> bool:
    """Whether a path that does not exist may name a dataset on the hub: `org/name`, or `org/name:part`."""
    return _NAME.fullmatch(str(path)) is not None


def files(name: str, suffixes: Sequence[str]) -> tuple[tuple[Path, ...], str]:
    """(the training files of a dataset, what they are in one clause). AdviceError where the hub does not give them."""
    found = _NAME.fullmatch(name)
    id_, part = (found["id"], found["part"] or "") if found else (name, "")
    try:
        from huggingface_hub import snapshot_download
        from huggingface_hub.errors import GatedRepoError, HTTPError, RepositoryNotFoundError  # type: ignore[attr-defined]
    except ImportError:
        raise AdviceError(f"{name}: no such file; a dataset of the hub needs: pip install huggingface_hub") from None
    try:
        chosen = training(_held(id_), suffixes, name, part)
        folder = Path(snapshot_download(id_, repo_type="dataset", allow_patterns=chosen))  # its name is the commit
    except GatedRepoError:
        raise AdviceError(f"{name}: gated on the hub; ask for access on its page, then `hf auth login`") from None
    except RepositoryNotFoundError:
        raise AdviceError(
            f"{name}: no such file, and no dataset of that name on the hub (or it is private); check it"
        ) from None
    except (HTTPError, OSError, ValueError) as error:
        why = " ".join(str(error).split())[:120] or type(error).__name__
        raise AdviceError(
            f"{name}: no such file, and the hub cannot be reached ({why}); check path or network"
        ) from None
    shown = ", ".join(chosen[:_SHOWN]) + (", …" if len(chosen) > _SHOWN else "")
    return tuple(folder / file for file in chosen), f"is {id_} of the hub at revision {folder.name[:12]}: {shown}"


def _held(id_: str) -> list[str]:
    """The dataset's files as the hub names them, or as the cache holds them where the hub may not be asked."""
    from huggingface_hub import HfApi
    from huggingface_hub.errors import OfflineModeIsEnabled

    try:
        info = HfApi().dataset_info(id_, timeout=_SECONDS)
    except OfflineModeIsEnabled:
        if cached := _cached(id_):
            return cached
        raise
    return [sibling.rfilename for sibling in info.siblings or ()]


def _cached(id_: str) -> list[str]:
    """The files of a dataset that were fetched before."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.errors import CacheNotFound

    try:
        repos = scan_cache_dir().repos
    except CacheNotFound:
        return []
    held = [repo for repo in repos if (repo.repo_type, repo.repo_id) == ("dataset", id_)]
    newest = [revision for repo in held for revision in repo.revisions if "main" in revision.refs]
    return [f.file_path.relative_to(revision.snapshot_path).as_posix() for revision in newest for f in revision.files]


def training(names: Sequence[str], suffixes: Sequence[str], name: str, part: str) -> list[str]:
    """The data files of one configuration that are for training, in order; AdviceError where that is not one clear choice."""
    data = sorted(file for file in names if PurePosixPath(file.removesuffix(".gz")).suffix.lower() in suffixes)
    if not data:
        raise AdviceError(f"{name}: the dataset has no file with {', '.join(suffixes)}; download it and give the files")
    wanted = [file for file in data if part in file] if part else data
    if not wanted:
        raise AdviceError(f"{name}: none of its files names {part!r}; there are {_listed(data)}")
    train = [file for file in wanted if _TRAIN.search(file)]
    chosen = train or [file for file in wanted if not _HELD_OUT.search(file)] or wanted
    folders = sorted({str(PurePosixPath(file).parent) for file in chosen})
    if len(folders) > 1 and not part:
        raise AdviceError(f"{name}: several configurations ({_listed(folders)}); say which: {name}:{folders[0]}")
    return chosen


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
