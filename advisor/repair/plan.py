"""Advice → how to write the data it speaks of: the method, and what the rows must hold for it."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from advisor.advise import Advice
from advisor.decide import TRAINED
from advisor.overview import Overview
from advisor.profiling.origin import TEST_SPLIT
from advisor.profiling.types import Profile
from advisor.repair.types import Form, Plan
from advisor.standing import answered
from advisor.types import METHODS, AdviceError, Method

FORMS: Mapping[Method, Form] = {
    "sft": "completion", "dpo": "pairs", "sft_dpo": "pairs", "kto": "labelled", "orpo": "pairs", "simpo": "pairs",
    "rlhf": "pairs", "grpo": "checkable", "cpt": "text",
}  # fmt: skip
"""What each method trains on; RLHF's preferences train its reward model."""
MOST = 0.5
"""Share of inverted scores up to which the sides are wrong; beyond it a lower score is likely the better one."""

WORD = re.compile(r"[A-Za-z]{2,}")


def plans(advice: Advice, raw: bool = False) -> tuple[Plan, ...]:
    """One plan a file, in the order of training: SFT comes before DPO. AdviceError where there is nothing to train on."""
    method = writable(advice)
    forms: list[tuple[Method, Form]] = [(method, form_of(method, advice.profile))]
    if method == "sft_dpo":
        forms = [("sft", "completion"), ("dpo", "pairs")]
    pairs, ranked = advice.profile.pairs, advice.profile.supervision == "ranked"
    swap = pairs is not None and 0 < pairs.score_inverted.share.value <= MOST
    held = tuple(rows for _, rows in aside(advice.overview))
    split = 0 < advice.profile.held_out.share.value < 1
    return tuple(Plan(each, form, swap, ranked, raw, held=held, split=split) for each, form in forms)


def aside(read: Overview) -> list[tuple[str, range]]:
    """(file, its rows) of those files that by their names are for testing; `[]` where that is so of all."""
    ends = [*(shard.before for shard in read.shards[1:]), sys.maxsize]
    rows = [range(shard.before + 1, end + 1) for shard, end in zip(read.shards, ends, strict=False)]
    names = [Path(shard.path) for shard in read.shards]
    above = os.path.commonpath([name.parent for name in names]) if names else ""
    held = [(str(name), each) for name, each in zip(names, rows, strict=True) if for_testing(name.relative_to(above))]
    return held if len(held) < len(names) else []


def for_testing(name: Path) -> bool:
    """Whether a file is for testing: `test-00000-of-00001.parquet`, `test_sft.json`, `squad_dev-v2.0.json`, `eval/a.json`."""
    words = [word for word in WORD.findall(name.name.partition(".")[0]) if word != "of"]
    return any(map(TEST_SPLIT.match, [*words[:1], *words[-1:], *name.parts[:-1]]))


def left_aside(advice: Advice) -> str:
    """Which files are left out because they are for testing, `""` for none."""
    names = ", ".join(Path(name).name for name, _ in aside(advice.overview))
    return (
        f"{names}: left out (held_out), for testing by name; to train on it too, give it another name" if names else ""
    )


def writable(advice: Advice) -> Method:
    """The first method, in the order of the advice, for which the file holds what it trains on."""
    wanted = advised(advice)
    others = [r.method for r in advice.recommendation.ranking if r.method in TRAINED]
    if not wanted:
        because = ", ".join(advice.recommendation.ranking[0].because) or "no rule speaks for any method"
        raise AdviceError(
            f"{advice.overview.path}: --fix wrote nothing, for the advice is not to train on it ({because})"
        )
    found = next((m for m in (wanted, *others) if serves(m, advice.profile)), None)
    if found is None:
        raise AdviceError(
            f"{advice.overview.path}: --fix wrote nothing, for no record holds what {wanted} trains on; --fix invents no answers"
        )
    return found


def advised(advice: Advice) -> Method | None:
    """The method of training that the advice names: after the repair, or the cheaper of two; None where it names none."""
    advised, ranking = advice.recommendation, advice.recommendation.ranking
    if advised.method == "either":
        # METHODS stand by cost, SFT first.
        return min([r.method for r in ranking if r.method in TRAINED][:2], key=METHODS.index)
    method = advised.after_fix if advised.method == "fix_data" else advised.method
    return method if method in TRAINED else None


def serves(method: Method, profile: Profile) -> bool:
    """Whether the file holds records of the method's form."""
    held: Mapping[Form, bool] = {
        "completion": answered(profile) > 0 and profile.supervision != "text",
        "pairs": profile.pairs is not None,
        "labelled": profile.labels is not None,
        "checkable": answered(profile) > 0 or profile.keyed.share.count > 0,
        "text": profile.supervision == "text",
    }
    return held[form_of(method, profile)]


def form_of(method: Method, profile: Profile) -> Form:
    """KTO's trainer takes pairs too and parts them itself (TRL `docs/source/kto_trainer.md`)."""
    return "pairs" if method == "kto" and profile.labels is None else FORMS[method]


def departed(advice: Advice, written: Sequence[Plan]) -> str:
    """Why the file is written for another method than advised, `""` where it is for the advised one."""
    wanted, last = advised(advice), written[-1].method
    if wanted == last or (wanted == "sft_dpo" and len(written) > 1):
        return ""
    return f"written for {last}: no record holds what {wanted} trains on, and none is invented"


def unswapped(advice: Advice) -> str:
    """A note where most scores prefer the rejected side, for then the scale is in doubt and not the sides."""
    pairs = advice.profile.pairs
    share = pairs.score_inverted.share.value if pairs else 0.0
    if share <= MOST:
        return ""
    return f"sides left as they are: {share:.0%} of scored pairs prefer the rejected one, so less may be better here"
