"""One dataset made ready: its advice, split, training rows, held-out items, and what the prompted arm may say."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import tasks
from advisor.load import load
from advisor.types import Dataset, Message, Record
from bench import methods, negatives
from bench.room import Room
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
    unused: dict[str, int]
    """Why → training records that no arm uses, beside those that `negatives` tells of."""
    negatives: negatives.Negatives | None
    """How rejected answers were made, where the data has none and a method needs them."""
    guide: Guide
    """For the prompted arm."""
    room: Room | None = None
    """The model's, for test items; None for any."""
    unread: int = 0
    """Test records left out of the split, since the model has no room for them."""


def path_of(source: str) -> str:
    """The file behind a track's source."""
    name = source.removeprefix(EMBEDDED)
    return str(data.path(name)) if source.startswith(EMBEDDED) and name in data.NAMES else source


def prepare(
    source: str, wanted: Sequence[str], fits: Callable[[Record], bool] = lambda _: True, room: Room | None = None
) -> Track:
    """Read, split, and complete the rows for the wanted methods; of these, the ones that `fits` accepts.

    Of test, the records that the model has `room` for.

    Raises:
        AdviceError, BenchError: the data cannot be read, split, or lack what a method needs.
    """
    dataset = load(path_of(source))
    parts = split(dataset.records, source)
    needs = frozenset[str]().union(*(methods.get(m).NEEDS for m in wanted))
    unused: Counter[str] = Counter()
    train, tune = _keep(parts.train, _ANSWERED, unused), _keep(parts.tune, _ANSWERED)
    if not (train and tune):
        raise BenchError(f"{source}: no answers to train on (supervision: {dataset.schema.supervision}); {_NO_ANSWERS}")
    made = None
    if "rejected" in needs and not any(r.rejected for r in train):
        made, tuned = negatives.complete(train), negatives.complete(tune)
        if not made.records or not tuned.records:
            raise BenchError(
                f"{source}: dpo needs rejected answers, and the data neither has nor offers any; {_NO_PAIRS}"
            )
        train, tune = made.records, tuned.records
    pairs = {"without a rejected answer": lambda r: bool(r.rejected)} if "rejected" in needs else {}
    short = pairs | {"too long for a row": fits}
    train, tune = _keep(train, short, unused), _keep(tune, short)
    guide = _guide(source, train, room)
    test = _read(room, guide, parts.test)
    if not test:
        raise BenchError(f"{source}: the model has room for none of its {len(parts.test)} test prompts; {_NO_ROOM}")
    kept, unread = dataclasses.replace(parts, test=test), len(parts.test) - len(test)
    return Track(source, dataset, kept, train, tune, dict(unused), made, guide, room, unread)


def _read(room: Room | None, guide: Guide, records: Sequence[Record]) -> tuple[Record, ...]:
    return tuple(r for r in records if room is None or room.reads(guide, r))


_ANSWERED: dict[str, Callable[[Record], bool]] = {
    "without an answer to learn": lambda r: bool(r.prompt and target(r)),
    "labelled undesirable": lambda r: r.label is not False,
}


def _keep(
    records: Sequence[Record], wanted: Mapping[str, Callable[[Record], bool]], unused: Counter[str] | None = None
) -> tuple[Record, ...]:
    """Records that are all that is wanted; the others are counted by the first thing they are not."""
    kept = []
    for r in records:
        why = next((name for name, holds in wanted.items() if not holds(r)), None)
        if why is None:
            kept.append(r)
        elif unused is not None:
            unused[why] += 1
    return tuple(kept)


_NO_ANSWERS = "give records with answers, or use `advise` to see what fits them"
_NO_ROOM = "shorten them, or give a --model with more positions"
_NO_PAIRS = "run --methods sft, or add a `rejected` column (contexts with several questions each would offer negatives)"


def items(track: Track, task: str, source: str, limit: int) -> list[Item]:
    """At most `limit` held-out items of a task: own, or of embedded data; the same ones for every arm."""
    # An answer labelled undesirable is no gold answer.
    records: Sequence[Record] = [r for r in track.split.test if r.label is not False]
    if source != "own":
        records = _read(track.room, track.guide, _embedded(source))
    # The user's test pairs lack rejected answers where training's were made; tasks that contrast need them too.
    elif track.negatives is not None:
        made = {r.id: r for r in negatives.complete(records).records}
        records = [made.get(r.id, r) for r in records]
    return _spread(tasks.discover()[task].items(records), limit)


def _embedded(source: str) -> list[Record]:
    return [r for r in load(path_of(source)).records if r.meta.get("split") == "test"]


def unread(track: Track, source: str) -> int:
    """Test records of a task's source that the model has no room for."""
    if source == "own":
        return track.unread
    found = _embedded(source)
    return len(found) - len(_read(track.room, track.guide, found))


def _spread(found: Sequence[Item], limit: int) -> list[Item]:
    """A stable choice that takes the kinds in turn and, within a kind, the clusters in turn."""
    queues: dict[str, list[Item]] = defaultdict(list)
    seen: dict[tuple[str, str], int] = defaultdict(int)
    ranked = []
    for item in sorted(found, key=lambda i: digest(i.id)):
        seen[item.kind, item.cluster] += 1
        ranked.append((seen[item.kind, item.cluster], digest(item.kind + item.cluster), item))
    for _, _, item in sorted(ranked, key=lambda entry: entry[:2]):
        queues[item.kind].append(item)
    chosen: list[Item] = []
    while len(chosen) < min(limit, len(found)):
        for queue in queues.values():
            if queue and len(chosen) < limit:
                chosen.append(queue.pop(0))
    return chosen


def _guide(source: str, train: Sequence[Record], room: Room | None) -> Guide:
    """System text (the policy, or the instruction for documents) and two worked examples of different kinds.

    Fewer where the model would have no room left for the longest row.
    """
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
    guides = [Guide(system, tuple(m for turn in turns[:n] for m in turn)) for n in range(len(turns), -1, -1)]
    return next((g for g in guides if room is None or room.holds(g)), guides[-1])


def restricted(track: Track) -> Dataset:
    """The dataset as far as training sees it, for advice taken before the run."""
    train = {r.id for r in track.split.train}
    return dataclasses.replace(track.dataset, records=tuple(r for r in track.dataset.records if r.id in train))
