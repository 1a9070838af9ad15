"""One dataset made ready: its advice, split, training rows, held-out items, and what the prompted arm may say."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import tasks
from advisor.load import load
from advisor.types import Dataset, Message, Record
from bench import methods, negatives
from bench.split import Split, digest, split
from bench.types import BenchError, Guide
from tasks import data
from tasks.prompting import INSTRUCTION, conversation, target
from tasks.types import Item

EMBEDDED = "embedded:"
SHOTS = 2


@dataclass(frozen=True, slots=True)
class Track:
    """A dataset ready for the bench."""

    source: str
    """Path as given, or `embedded:<name>`."""
    dataset: Dataset
    """As read."""
    split: Split
    train: tuple[Record, ...]
    """Training records with what the methods need; the same for every arm."""
    tune: tuple[Record, ...]
    """Likewise, for the pilot."""
    negatives: negatives.Negatives | None
    """How rejected answers were made, where the data has none and a method needs them."""
    guide: Guide
    """For the prompted arm."""


def path_of(source: str) -> str:
    """The file behind a track's source."""
    name = source.removeprefix(EMBEDDED)
    return str(data.path(name)) if source.startswith(EMBEDDED) and name in data.NAMES else source


def prepare(source: str, wanted: Sequence[str]) -> Track:
    """Read, split, and complete the rows for the wanted methods.

    Raises:
        AdviceError, BenchError: the data cannot be read, split, or lack what a method needs.
    """
    dataset = load(path_of(source))
    parts = split(dataset.records, source)
    needs = frozenset[str]().union(*(methods.get(m).NEEDS for m in wanted))
    # An answer labelled undesirable is no target.
    usable = [
        tuple(r for r in part if r.prompt and target(r) and r.label is not False) for part in (parts.train, parts.tune)
    ]
    if not all(usable):
        raise BenchError(f"{source}: no answers to train on (supervision: {dataset.schema.supervision}); {_NO_ANSWERS}")
    made = None
    if "rejected" in needs and not any(r.rejected for r in usable[0]):
        made, tuned = negatives.complete(usable[0]), negatives.complete(usable[1])
        if not made.records or not tuned.records:
            raise BenchError(
                f"{source}: dpo needs rejected answers, and the data neither has nor offers any; {_NO_PAIRS}"
            )
        usable = [made.records, tuned.records]
    elif "rejected" in needs:
        usable = [tuple(r for r in part if r.rejected) for part in usable]
    return Track(source, dataset, parts, usable[0], usable[1], made, _guide(source, usable[0]))


_NO_ANSWERS = "give records with answers, or use `advise` to see what fits them"
_NO_PAIRS = "run --methods sft, or add a `rejected` column (contexts with several questions each would offer negatives)"


def items(track: Track, task: str, source: str, limit: int) -> list[Item]:
    """At most `limit` held-out items of a task: own, or of embedded data; the same ones for every arm."""
    records: Sequence[Record] = track.split.test
    if source != "own":
        records = [r for r in load(path_of(source)).records if r.meta.get("split") == "test"]
    # The user's test pairs lack rejected answers where training's were made; tasks that contrast need them too.
    elif track.negatives is not None:
        made = {r.id: r for r in negatives.complete(records).records}
        records = [made.get(r.id, r) for r in records]
    return _spread(tasks.discover()[task].items(records), limit)


def _spread(found: Sequence[Item], limit: int) -> list[Item]:
    """A stable choice that takes the kinds in turn and, within a kind, the clusters in turn."""
    queues: dict[str, list[Item]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    ranked = []
    for item in sorted(found, key=lambda i: digest(i.id)):
        seen[item.kind, item.cluster] += 1
        ranked.append((seen[item.kind, item.cluster], digest(item.cluster), item))
    for _, _, item in sorted(ranked, key=lambda entry: entry[:2]):
        queues[item.kind].append(item)
    chosen: list[Item] = []
    while len(chosen) < min(limit, len(found)):
        for queue in queues.values():
            if queue and len(chosen) < limit:
                chosen.append(queue.pop(0))
    return chosen


def _guide(source: str, train: Sequence[Record]) -> Guide:
    """System text (the policy, or the instruction for documents) and two worked examples of different kinds."""
    system = ""
    if source.startswith(EMBEDDED):
        system = data.sidecar(source.removeprefix(EMBEDDED)).get("policy", "")  # type: ignore[arg-type]
    if not system and any(r.contexts for r in train):
        system = INSTRUCTION
    short = sorted(train, key=lambda r: sum(len(m.content) for m in conversation(r)))[: max(SHOTS, len(train) // 4)]
    kinds: dict[tuple[object, object], Record] = {}
    for r in sorted(short, key=lambda r: digest(r.id)):
        kinds.setdefault((r.answerable, r.meta.get("kind")), r)
    chosen = [*kinds.values(), *(r for r in short if r not in kinds.values())][:SHOTS]
    turns = [(m, Message("assistant", target(r) or "")) for r in chosen for m in conversation(r)[-1:]]
    return Guide(system, tuple(m for turn in turns for m in turn))


def file_sha256(source: str) -> str:
    """Of the file behind a source."""
    import hashlib

    with Path(path_of(source)).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def restricted(track: Track) -> Dataset:
    """The dataset as far as training sees it, for advice taken before the run."""
    train = {r.id for r in track.split.train}
    return dataclasses.replace(track.dataset, records=tuple(r for r in track.dataset.records if r.id in train))
