"""Checks before training: in seconds, on a few of a track's own rows, with the real model and the real trainers.

Each trained method takes one real step on a fresh adapter. What must hold and does not stops the run before anything is
spent; the rest is told. bench/meanings.py says what each check looks at and where its threshold comes from.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from bench import collated, decoding, encoding, engine, methods, models, plain, reference, scoring
from bench.engine import Example, Settings
from bench.meanings import CHECKS
from bench.models import Weights
from bench.types import BenchError, Check
from tasks.types import Request

ROWS = 4
NEAR = 0.02
"""Of a loss or a reward."""
_NATS, _SHARE = 0.2, 0.01
_PER_TOKEN = 0.1
"""Nats that two passes in low precision may differ by, for each token of an answer."""
_SPREAD = 0.02
"""Standard deviation of B where it is moved: that of the certificate."""


def choose(tune: Sequence[Example], train: Sequence[Example]) -> list[Example]:
    """ROWS rows: the longest of all, for truncation, and the first of tune."""

    def size(e: Example) -> int:
        return sum(len(m.content) for m in e.prompt) + max(len(e.chosen), len(e.rejected or ""))

    rows = {e.id: e for e in (*tune, *train)}
    longest = sorted(rows.values(), key=size)[-ROWS // 2 :]
    chosen = {e.id: e for e in (*longest, *rows.values())}
    return list(chosen.values())[:ROWS]


def checks(
    weights: Weights, dtype: str, attention: str, method: str, rows: Sequence[Example], settings: Settings
) -> list[Check]:
    """All checks of one method. `settings`: of one step over all rows."""
    model, tokenizer = models.load(weights, dtype, attention)
    before = _logits(model, tokenizer, rows)
    scored = _scoring(method, model, tokenizer, rows[: ROWS // 2])
    if "rejected" in methods.get(method).NEEDS:
        cached = reference.logprobs(model, tokenizer, rows, settings.batch)
        rows = [replace(e, reference=pair) for e, pair in zip(rows, cached, strict=True)]
    adapted = engine.adapt(model, settings.lora_rank, settings.seed)
    with tempfile.TemporaryDirectory() as folder:
        trainer = methods.get(method).trainer(adapted, tokenizer, rows, settings, Path(folder))
        found = _of_rows(method, trainer, tokenizer, rows)
        if any(c.status == "fail" for c in found):
            return [*found, scored]  # a step on such rows would only hide why
        batch = next(iter(trainer.get_train_dataloader()))
        [first] = engine.train(trainer, lambda *_: None).log
    return [*found, first_loss(method, first), *_of_adapter(method, adapted, tokenizer, rows, before, batch), scored]


def must_hold(found: Sequence[Check], source: str) -> None:
    """Stop where a check fails.

    Raises:
        BenchError: which, what was measured, and what to do.
    """
    for check in (c for c in found if c.status == "fail"):
        meaning, numbers = CHECKS[check.code], ", ".join(f"{k} {v:g}" for k, v in check.numbers.items())
        where = f" (rows {', '.join(check.rows)})" if check.rows else ""
        raise BenchError(
            f"{source}: {check.method} does not pass the check {check.code} before training: {numbers}{where}; "
            f"usually {meaning.means}; {meaning.tries}"
        )


def sentence(track: str, found: Sequence[Mapping[str, Any]]) -> str:
    """One line a track, from the checks as JSON."""
    doubts = [f"{c['method']} {c['code']} ({c['means']})" for c in found if c["status"] == "warn"]
    if not doubts:
        return f"{track}: {len(found)} checks before training hold"
    return f"{track}: {len(found) - len(doubts)} of {len(found)} checks before training hold; not: {'; '.join(doubts)}"


def _of_rows(method: str, trainer: Any, tokenizer: Any, rows: Sequence[Example]) -> list[Check]:
    batch = next(iter(trainer.get_train_dataloader()))
    seen = _read(batch)
    both = "rejected" in methods.get(method).NEEDS
    wanted = _wanted(tokenizer, rows, both)
    if len(seen) != len(wanted):
        known = {tuple(ids) for ids, _ in seen}
        gone = tuple(dict.fromkeys(w.id for w in wanted if (*w.prompt, *w.answer) not in known))
        return [Check("truncation", method, "fail", {"lost": len(wanted) - len(seen), "cut": 0}, gone)]
    merged = [replace(w, ids=ids, labelled=labels) for w, (ids, labels) in zip(wanted, seen, strict=True)]
    stops = decoding.stop_ids(tokenizer, decoding.unwrap(trainer.model))
    return [
        collated.truncation(method, merged),
        collated.rendering(method, merged),
        collated.labels(method, merged),
        collated.end_of_turn(method, merged, stops),
        collated.one_bos(method, merged, tokenizer.bos_token_id, _adds_bos(tokenizer)),
    ]


def _adds_bos(tokenizer: Any) -> bool:
    plain: list[int] = tokenizer("a")["input_ids"]
    return bool(plain) and plain[0] == tokenizer.bos_token_id


def _wanted(tokenizer: Any, rows: Sequence[Example], both: bool) -> list[collated.Row]:
    """As bench/encoding.py renders them, in the order of TRL's batches: all chosen sides, then all rejected ones."""
    made: list[list[collated.Row]] = [[], []]
    for e in rows:
        tokens = encoding.encode(tokenizer, e.prompt, (e.chosen, e.rejected or "") if both else (e.chosen,))
        asked = encoding.encode(tokenizer, e.prompt, ()).prompt
        for side, answer in enumerate(tokens.continuations):
            made[side].append(collated.Row(e.id, tokens.prompt, asked, answer, [], []))
    return made[0] + made[1]


def _read(batch: Any) -> list[tuple[list[int], list[int]]]:
    """Of each sequence of a collated batch its ids and those that the loss sees."""
    seen = batch["labels"] != -100 if "labels" in batch else batch["completion_mask"].bool()
    there = batch["attention_mask"].bool()
    rows = zip(batch["input_ids"], there, seen, strict=True)
    return [(ids[t].tolist(), ids[t & s].tolist()) for ids, t, s in rows]


def _scoring(method: str, model: Any, tokenizer: Any, rows: Sequence[Example]) -> Check:
    """Whether scoring, which shares prompts and keeps a cache, gives what plain passes give."""
    pairs = [(e.chosen, e.rejected or e.chosen) for e in rows]
    outputs = scoring.run(model, tokenizer, [Request(e.prompt, p) for e, p in zip(rows, pairs, strict=True)], 1)
    tokens = [encoding.encode(tokenizer, e.prompt, p) for e, p in zip(rows, pairs, strict=True)]
    with torch.inference_mode():
        own = [[plain.logprob(decoding.unwrap(model), t.prompt, a) for a in t.continuations] for t in tokens]
    # Another pass rounds otherwise; float32 has no need of this room.
    rounding = (model.dtype != torch.float32) * _PER_TOKEN * torch.tensor([o.lengths for o in outputs])
    return _near("scoring", method, torch.tensor([o.logprobs for o in outputs]), torch.tensor(own), rows, rounding)


def _near(
    code: str,
    method: str,
    found: torch.Tensor,
    truth: torch.Tensor,
    rows: Sequence[Example],
    rounding: torch.Tensor | None = None,
) -> Check:
    """Of log-probabilities of shape (rows, 2): whether they agree; what is no number does not."""
    off, room = (found - truth).abs(), (_SHARE * truth.abs()).clamp(min=_NATS)
    near = off <= (room if rounding is None else torch.maximum(room, rounding))
    ids = tuple(e.id for e, holds in zip(rows, near.all(-1).tolist(), strict=True) if not holds)
    return Check(code, method, "fail" if ids else "ok", {"nats": off.max().item()}, ids)


def first_loss(method: str, logged: dict[str, float]) -> Check:
    """Whether DPO starts at ln 2 with rewards of 0, SFT at a loss above 0."""
    loss = logged["loss"]
    if "rewards/chosen" not in logged:
        return Check("first_loss", method, "ok" if math.isfinite(loss) and loss > 0 else "fail", {"loss": loss})
    reward = max(abs(logged["rewards/chosen"]), abs(logged["rewards/rejected"]))
    near = abs(loss - math.log(2)) <= NEAR and reward <= NEAR  # what is no number is not near
    return Check("first_loss", method, "ok" if near else "fail", {"loss": loss, "reward": reward})


def _of_adapter(
    method: str, adapted: Any, tokenizer: Any, rows: Sequence[Example], before: torch.Tensor, batch: Any
) -> list[Check]:
    """What a step did to the adapter, and what the adapter does to the model."""
    weights = [p for name, p in adapted.named_parameters() if "lora_B" in name]
    still = sum(not p.abs().max().item() > 0 for p in weights)
    numbers: dict[str, float] = {"adapters": len(weights), "still_0": still}
    found = [Check("adapter_learns", method, "fail" if still or not weights else "ok", numbers)]
    adapted.eval()
    draw = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for p in weights:
            p.copy_(torch.randn(p.shape, generator=draw) * _SPREAD)
        moved = _apart(_logits(adapted, tokenizer, rows), before)
        with adapted.disable_adapter():
            off = _apart(_logits(adapted, tokenizer, rows), before)
            found += _reference(method, adapted, tokenizer, rows, batch)
        for p in weights:
            p.zero_()
        back = _apart(_logits(adapted, tokenizer, rows), before)
    holds = moved > 0 and back == 0
    found.append(Check("adapter_moves", method, "ok" if holds else "fail", {"moved": moved, "at_0_again": back}))
    return [*found, Check("base_kept", method, "fail" if off else "ok", {"off": off})]


def _apart(one: torch.Tensor, other: torch.Tensor) -> float:
    return (one - other).abs().max().item()


def _logits(model: Any, tokenizer: Any, rows: Sequence[Example]) -> torch.Tensor:
    """What comes after the shortest prompt, of shape (1, 1, vocabulary), in float32: one is enough to see any change."""
    prompts = [encoding.encode(tokenizer, e.prompt, ()).prompt for e in rows]
    ids, mask = encoding.pad([min(prompts, key=len)], tokenizer.pad_token_id, "left", model.device)
    with torch.inference_mode():
        return decoding.read(decoding.unwrap(model), ids, mask)[0].float()


def _reference(method: str, model: Any, tokenizer: Any, rows: Sequence[Example], batch: Any) -> list[Check]:
    """With the adapter off: whether the reference that the trainer holds is this model's."""
    if "ref_chosen_logps" not in batch:
        return []
    held = torch.stack([batch["ref_chosen_logps"], batch["ref_rejected_logps"]], -1).float().cpu()
    own = torch.tensor(reference.logprobs(model, tokenizer, rows, len(rows)))
    return [_near("reference", method, held, own, rows)]
