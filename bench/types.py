"""What flows through the bench: flags → Plan → trials → scores → comparisons → verdicts.

Floor 0: frozen dataclasses and the standard library only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from advisor.types import Message

SCHEMA_VERSION = 1


class BenchError(Exception):
    """A mistake the user can mend. Its text is one line: what, where, how to fix."""


@dataclass(frozen=True, slots=True)
class Budget:
    """What one trial may spend on training."""

    kind: Literal["seconds", "tokens", "flops"]
    """Which clock rules."""
    amount: float
    """How much of it, more than 0."""
    text: str
    """As the user wrote it (`90s`, `tokens:200k`)."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A value nobody typed, with its reason: printed before anything runs."""

    name: str
    """What it is."""
    value: str
    """What it came to."""
    why: str
    """Why that."""


@dataclass(frozen=True, slots=True)
class ArmPlan:
    """A method in a run on a track."""

    id: str
    """`sft`, or `sft-2` where a method stands twice; `base` and `prompt` are untrained."""
    method: str
    """Module name under bench/methods."""
    seeds: tuple[int, ...]
    """One trial each; `(0,)` for untrained arms, which have nothing to seed."""


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of an lm-evaluation-harness task."""

    name: str
    """As the harness calls it; `exact_match,strict-match` where another filter than `none` comes before it."""
    aggregation: str
    """The harness' name of what makes one figure of the documents: `mean`, `perplexity`, `weighted_perplexity`, …"""
    better: Literal["higher", "lower"]
    """Which direction is good."""


@dataclass(frozen=True, slots=True)
class Harnessed:
    """What a task of lm-evaluation-harness was when the run was planned."""

    metrics: tuple[Metric, ...]
    """Its headline first."""
    shots: int
    """Worked examples before each question."""
    version: str
    """The task's own; empty where it has none."""
    documents: int
    """That its split holds; the run asks the first of them."""
    sha256: str
    """Of all that is asked, and of the files of a task that is not installed with the harness."""


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """A task in a run on a track."""

    name: str
    """Module name under tasks, or `lm_eval:<name>`."""
    source: str
    """`own` (the track's held-out records), `embedded:<name>`, `lm_eval` (installed with it), or the path of its YAML."""
    primary: bool
    """Whether its headline decides the track; diagnostics do not."""
    harnessed: Harnessed | None = None
    """Of an `lm_eval:` task."""


@dataclass(frozen=True, slots=True)
class TrackPlan:
    """One dataset with its own held-out items and its own trained adapters."""

    id: str
    """Short name, also a folder name: letters, digits and dashes."""
    source: str
    """Path as given, or `embedded:rag`."""
    sha256: str
    """Of the data file."""
    arms: tuple[ArmPlan, ...]
    """In the order they are reported."""
    tasks: tuple[TaskPlan, ...]
    """Primary ones first."""


@dataclass(frozen=True, slots=True)
class JudgePlan:
    """A model that judges answers beside the instruments; nothing is decided by it."""

    address: str
    """Of an OpenAI-compatible API; empty for a model of this machine."""
    model: str
    """As the server calls it, or the folder as given."""
    sha256: str
    """Of the weights of a folder; empty for a server, which does not say."""
    items: int
    """Of each task whose answers are judged."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything a run does, decided before it starts; `bench resume` reads it back."""

    run: str
    """Run id, also its folder's name."""
    created: str
    """ISO 8601, UTC."""
    command: str
    """The command that made it."""
    code: str
    """Hash of the source and data of the packages `advisor`, `bench` and `tasks`, of the libraries and the device."""
    model: str
    """Hub name or folder; the embedded default's own name otherwise."""
    model_sha256: str
    """Of the weights."""
    dtype: str
    """Of the weights in memory."""
    attention: str
    """Implementation of attention in transformers, the fastest of a measurement before the run."""
    budget: Budget
    """Per trial."""
    tracks: tuple[TrackPlan, ...]
    """One a dataset."""
    batch: int
    """Examples (or pairs) per optimizer step."""
    max_length: int
    """Tokens of prompt and answer; longer rows are left out, and counted."""
    max_new_tokens: int
    """Of a generated answer."""
    lora_rank: int
    """Of the adapters, on every linear layer; alpha is twice this."""
    items: int
    """Most test items of a primary task."""
    derived: tuple[Derived, ...]
    """Every value above that nobody typed, with why."""
    judge: JudgePlan | None = None
    """Where one was wanted."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """What a trial did spend."""

    train_seconds: float
    """In training steps: after import, tokenising and reference caching."""
    tokens: int
    """Trained on, as the method defines them (a pair counts its prompt twice); padding excluded."""
    flops: float
    """Of the weights' matrix products really computed, the reference pass included."""
    peak_memory_gb: float | None
    """Highest memory in training: of the process on CPU, allocated on CUDA; None where it cannot be read."""
    examples: int
    """Rows trained on."""
    reference_seconds: float
    """In the trial's own reference pass, where the reference is not the untrained model."""
    steps: int
    """Optimizer steps."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Arm a minus arm b on one instrument, paired by item."""

    task: str
    instrument: str
    headline: bool
    a: str
    b: str
    difference: float | None
    """a − b in the instrument's unit; None when either is unscored."""
    ci95: tuple[float, float] | None
    p: float | None
    """Two-sided, against no difference."""
    p_holm: float | None
    """Holm-adjusted over the run's headline comparisons; None elsewhere."""
    mde: float | None
    """Minimum detectable effect at 80 % power and this noise, before correction."""
    n: int
    clusters: int
    seeds: int
    """Of the trained arm with fewer; 1 for untrained arms."""
    mde_holm: float | None = None
    """The same after correction over the run's headline comparisons; None elsewhere."""
    equivalent: bool | None = None
    """Whether the arms are shown to differ by less than `bench.power.MARGIN`, corrected likewise; None elsewhere."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a headline decides on a track."""

    task: str
    leader: str | None
    """The arm above every other with an interval that excludes 0; None when none is."""
    tie_set: tuple[str, ...]
    """Arms not shown to be worse than the best one."""
    p_best: dict[str, float]
    advice: Literal["confirmed", "refuted", "not_enough_evidence", "not_tested"]
    sentence: str
    """A few sentences that say it in words."""
    equivalent: tuple[str, ...] = ()
    """Arms of the tie set shown to differ by less than `bench.power.MARGIN`, every two of them: take the cheapest."""
    settle: dict[str, float | None] | None = None
    """Where the first two are not told apart: what would find `margin` (a share): times the `items`, the `seeds`, `both`."""


@dataclass(frozen=True, slots=True)
class Guide:
    """What the prompted arm may say that the others may not."""

    system: str
    """Policy or instruction for the system turn; empty for none."""
    shots: tuple[Message, ...]
    """Worked examples, as alternating user and assistant turns."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a check before training or a sign in a finished run stands for."""

    what: str
    """What is looked at, in a clause."""
    means: str
    """What it usually means when it speaks."""
    tries: str
    """What to do about it, with the exact option where there is one."""
    threshold: str
    """When it speaks."""
    source: str
    """Where the threshold comes from: a paper, a library's documentation, or our own choice and how it was made."""


@dataclass(frozen=True, slots=True)
class Check:
    """One check before training, of one method on one track."""

    code: str
    """Key of `bench.meanings.CHECKS`."""
    method: str
    status: Literal["ok", "warn", "fail"]
    """`fail` stops the run before anything is spent."""
    numbers: dict[str, float]
    """What was measured."""
    rows: tuple[str, ...] = ()
    """Ids of the training rows that it speaks of."""


@dataclass(frozen=True, slots=True)
class Signature:
    """A sign in a finished trial that something may have gone wrong."""

    code: str
    """Key of `bench.meanings.SIGNATURES`."""
    arm: str
    seed: int
    severity: Literal["info", "warn", "fail"]
    """`info`: to know, `warn`: read before believing the arm, `fail`: this trial shows nothing of its method."""
    numbers: dict[str, float | str]
    """What was measured."""
