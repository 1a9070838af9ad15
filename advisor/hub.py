"""A dataset's id on the Hugging Face Hub → its files in the hub's cache. No script of a dataset is ever run.

The id is what people write: `org/name`, with `@revision`, `:split` or `:config/split` behind it. Of a split, the files are
those that the dataset's card names, else those with the split's name in their path, as the `datasets` library finds
them. The client is huggingface_hub, imported where an id is met: HF_HOME, HF_ENDPOINT, HF_TOKEN and HF_HUB_OFFLINE hold.
"""

from __future__ import annotations

import dataclasses
import fnmatch
import re
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from advisor.types import AdviceError

SUFFIXES = (".parquet", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".arrow")
"""What a dataset's rows lie in, gzipped or not; text only where there is nothing else."""
MOST = 10e9
"""Ours: bytes beyond which a download is not begun for the sake of advice."""
TRAIN = "train"
_CARD = "README.md"

_ID = re.compile(
    r"\A(?P<scheme>hf://datasets/)?(?P<repo>[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*)(?:@(?P<revision>[\w.-]+))?"
    r"(?::(?:(?P<config>[\w.-]+)/)?(?P<split>[\w.-]+))?\Z"
)
_SPLITS: Mapping[str, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}
"""Split → the words for it in a path, as `datasets` knows them (its data_files module)."""
_PART = re.compile(r"-(\d{5})-of-(\d{5})")
ABOUT = ("dataset_info.json", "dataset_infos.json", "state.json", "config.json", "dataset_dict.json", "manifest.json")
"""Files that describe the data beside them (Hugging Face, LLaMA-Factory)."""


@dataclasses.dataclass(frozen=True, slots=True)
class Name:
    """What of which dataset."""

    repo: str
    """`org/name`."""
    revision: str | None
    """Branch, tag or commit; None: the main branch."""
    config: str | None
    """Subset; None: the default one."""
    split: str | None
    """Split; None: the one to train on."""


@dataclasses.dataclass(frozen=True, slots=True)
class Listing:
    """What the dataset consists of."""

    revision: str
    """Commit."""
    files: Mapping[str, int]
    """Path in the repository → bytes."""
    configs: Sequence[Mapping[str, Any]] = ()
    """`configs` of its card."""


def named(path: str) -> Name | None:
    """The dataset that a path means which is no file here: None for what looks like a file or lies in a folder that exists."""
    found = _ID.fullmatch(path)
    if not found:
        return None
    folder, leaf = found["repo"].split("/")
    file = _suffix(leaf) in (*SUFFIXES, ".txt", ".psv", ".gz", ".zip", ".md", ".py")
    if not found["scheme"] and (file or Path(folder).is_dir()):
        return None
    return Name(found["repo"], found["revision"], found["config"], found["split"])


def fetch(name: Name) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """(files of the split in the hub's cache, what to tell of them).

    Raises AdviceError, one line, where there is no client, no such dataset, no leave to read it, no network and no copy,
    no such split, or too much of it.
    """
    try:
        import huggingface_hub as client
        from huggingface_hub import errors
    except ModuleNotFoundError as error:
        install = "pip install 'tune-advisor[hub]'"
        raise AdviceError(
            f"{name.repo}: no such file; if a dataset on the Hugging Face Hub is meant: {install}"
        ) from error
    # The client changed its HTTP library between versions: that library's errors are the base of the client's own.
    lost: tuple[type[Exception], ...] = (
        errors.HfHubHTTPError.__bases__[0], errors.LocalEntryNotFoundError, ConnectionError,
    )  # fmt: skip
    try:
        listing = _listing(client, name)
        chosen = choose(name, listing)
        return tuple(_download(client, name, listing, chosen)), _told(name, listing, chosen)
    except errors.HFValidationError as error:
        raise AdviceError(f"{name.repo}: no such file, and no name that a dataset on the Hub can have") from error
    except errors.HfHubHTTPError as error:
        if error.response.status_code >= 500:
            return _cached(client, name, f"{client.constants.ENDPOINT} answers {error.response.status_code}")
        raise AdviceError(f"{name.repo}: {_refusal(client, name, error)}") from error
    except lost:
        offline = client.constants.HF_HUB_OFFLINE
        why = "HF_HUB_OFFLINE is set" if offline else f"{client.constants.ENDPOINT} cannot be reached"
        return _cached(client, name, why)
    except OSError as error:
        raise AdviceError(f"{name.repo}: the Hub's cache cannot be written: {error.strerror or error}") from error


def choose(name: Name, listing: Listing) -> list[str]:
    """The files of the split, in order. AdviceError where there are none, parts are missing, or they are too large."""
    config = _config(name, listing)
    rows = [file for file in sorted(listing.files) if _holds_rows(file)]
    rows = rows or [file for file in sorted(listing.files) if _suffix(file) == ".txt"]
    files = _declared(config, name.split, rows) if config else _by_path(rows, name)
    if not files:
        raise AdviceError(f"{name.repo}: {_nothing(name, listing, rows)}")
    parts = [found for file in files if (found := _PART.search(file))]
    if parts and len(parts) < int(parts[0][2]) and len({part[2] for part in parts}) == 1:
        raise AdviceError(f"{name.repo}: {len(parts)} of {int(parts[0][2])} parts are there; download it again")
    size = sum(listing.files[file] for file in files)
    if size > MOST:
        raise AdviceError(
            f"{name.repo}: {size / 1e9:,.0f} GB in {len(files):,} files are more than advice needs "
            f"(limit {MOST / 1e9:.0f} GB); name a smaller :split, or download some files and give their folder"
        )
    return files


def _listing(client: Any, name: Name) -> Listing:
    found = client.HfApi().dataset_info(name.repo, revision=name.revision, files_metadata=True, timeout=20)
    card = found.card_data.to_dict() if found.card_data else {}
    files = {file.rfilename: file.size or 0 for file in found.siblings or ()}
    return Listing(found.sha, files, _configs(card))


def _configs(card: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The card's configs that say where their files lie; a card is written by hand and may hold anything."""
    every = card.get("configs")
    return tuple(c for c in every if isinstance(c, dict) and c.get("data_files")) if isinstance(every, list) else ()


def _download(client: Any, name: Name, listing: Listing, chosen: Sequence[str]) -> list[Path]:
    """The files in the cache, fetched where they are not there; with the card, which says offline what they are."""
    wanted = [*chosen, *([_CARD] if listing.configs and _CARD in listing.files else [])]
    found = [client.hf_hub_download(name.repo, file, repo_type="dataset", revision=listing.revision) for file in wanted]
    return [Path(path) for path in found[: len(chosen)]]


def _cached(client: Any, name: Name, why: str) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """What an earlier download left, where the hub does not answer."""
    home = Path(client.constants.HF_HUB_CACHE) / f"datasets--{name.repo.replace('/', '--')}" / "snapshots"
    known = [folder for folder in home.glob(name.revision or "*") if folder.is_dir()]
    if not known:
        raise AdviceError(f"{name.repo}: no such file, and as a dataset of the Hub: {why}, its cache has no copy")
    folder = max(known, key=lambda path: path.stat().st_mtime)
    found = {str(PurePosixPath(file.relative_to(folder))): file for file in folder.rglob("*") if file.is_file()}
    card = client.DatasetCard(found[_CARD].read_text(encoding="utf-8")).data.to_dict() if _CARD in found else {}
    listing = Listing(folder.name, {file: path.stat().st_size for file, path in found.items()}, _configs(card))
    chosen = choose(name, listing)
    told = (
        *_told(name, listing, chosen),
        f"{why}: these are the files that an earlier download left in the Hub's cache",
    )
    return tuple(found[file] for file in chosen), told


def _config(name: Name, listing: Listing) -> Mapping[str, Any] | None:
    """The card's subset that is meant; None where the card names none."""
    if name.config:
        named_so = (c for c in listing.configs if c.get("config_name") == name.config)
        return next(named_so, None)
    marked = [c for c in listing.configs if c.get("default") or c.get("config_name") == "default"]
    return next(iter((*marked, *listing.configs)), None)


def _declared(config: Mapping[str, Any], split: str | None, rows: Sequence[str]) -> list[str]:
    """Files of a split that a card's subset names by patterns; of the first split where none is called train."""
    by_split: dict[str, list[str]] = {}
    files = config["data_files"]
    for entry in files if isinstance(files, list) else [files]:
        of, patterns = (entry.get("split", TRAIN), entry.get("path", ())) if isinstance(entry, dict) else (TRAIN, entry)
        by_split.setdefault(str(of), []).extend([patterns] if isinstance(patterns, str) else map(str, patterns))
    wanted = split or (TRAIN if TRAIN in by_split else next(iter(by_split)))
    return [file for file in rows if any(fnmatch.fnmatch(file, pattern) for pattern in by_split.get(wanted, ()))]


def _by_path(rows: Sequence[str], name: Name) -> list[str]:
    """Files whose path names the split; all of them where no path names any split and none was asked for."""
    inside = [file for file in rows if not name.config or name.config in PurePosixPath(file).parts[:-1]]
    wanted = [file for file in inside if _mentions(file, name.split or TRAIN)]
    if wanted or name.split:
        return wanted
    return [file for file in inside if not any(_mentions(file, split) for split in _SPLITS)]


def _mentions(file: str, split: str) -> bool:
    words = "|".join(map(re.escape, _SPLITS.get(split, (split.lower(),))))
    return re.search(rf"(?<![a-z0-9])(?:{words})(?![a-z])", file.lower()) is not None


def _holds_rows(file: str) -> bool:
    path = PurePosixPath(file)
    return _suffix(file) in SUFFIXES and path.name not in ABOUT and not any(p.startswith(".") for p in path.parts)


def _suffix(file: str) -> str:
    return PurePosixPath(file.lower().removesuffix(".gz")).suffix


def _nothing(name: Name, listing: Listing, rows: Sequence[str]) -> str:
    """Why no file was chosen, and what there is."""
    if not rows:
        script = " (its loading script is never run)" if any(file.endswith(".py") for file in listing.files) else ""
        return f"holds no data file{script}; it needs one with {', '.join(SUFFIXES)}"
    asked = ":" + "/".join(filter(None, (name.config, name.split))) if name.config or name.split else TRAIN
    known = [str(c.get("config_name")) for c in listing.configs]
    subsets = f"subsets: {', '.join(known[:8])}; " if known else ""
    return f"no file of {asked} ({subsets}files: {', '.join(rows[:4])}{', …' if len(rows) > 4 else ''})"


def _refusal(client: Any, name: Name, error: Any) -> str:
    """What the hub's answer means, and what to do."""
    errors, host = client.errors, client.constants.ENDPOINT
    if isinstance(error, errors.GatedRepoError):
        return f"is gated: accept its terms at {host}/datasets/{name.repo}, then log in with `hf auth login`"
    if isinstance(error, errors.RevisionNotFoundError):
        return f"has no revision {name.revision or 'main'}"
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"no such file, and no such dataset on {host}, or a private one: check the name, or `hf auth login`"
    return f"{host} answers {error.response.status_code}; try again later"


def _told(name: Name, listing: Listing, chosen: Sequence[str]) -> tuple[str, ...]:
    """Where it comes from, and what was not read."""
    shown = ", ".join(chosen[:4]) + (", …" if len(chosen) > 4 else "")
    config = _config(name, listing)
    of = f" of subset {config.get('config_name')}" if config and len(listing.configs) > 1 else ""
    told = (f"dataset {name.repo} of the Hugging Face Hub, revision {listing.revision}{of}: {shown}",)
    other = [file for file in sorted(listing.files) if _holds_rows(file) and file not in chosen]
    rest = f"{', '.join(other[:4])}{', …' if len(other) > 4 else ''}"
    more = f"{len(other)} other data file{'s' * (len(other) != 1)} of it not read: {rest}"
    return (*told, more) if other else told
