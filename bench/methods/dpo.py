"""Direct preference optimisation (arXiv:2305.18290): TRL's DPOTrainer, sigmoid loss, β = 0.1, the base model as reference.

Reference log-probabilities are computed once and handed to TRL, which then skips its own reference pass.
Learning rate: TRL's default, 1e-6, is for full tuning over thousands of steps and inert on a short budget
(docs/decisions/learning-rates.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.engine import Example, Settings

TITLE = "Direct preference optimisation"
NEEDS = frozenset({"chosen", "rejected"})
LEARNING_RATE = 2e-4
BETA = 0.1


def trainer(model: Any, tokenizer: Any, examples: Sequence[Example], settings: Settings, folder: Path) -> Any:
    """A DPOTrainer over the examples in their order."""
    from datasets import Dataset
    from trl.trainer.dpo_config import DPOConfig
    from trl.trainer.dpo_trainer import DPOTrainer

    from bench import engine

    class CachedReference(DPOTrainer):
        def _precompute_ref_logps(self, dataset: Dataset, *_: Any) -> Dataset:
            return dataset  # its columns hold them already

    rows = [
        {
            "prompt": [{"role": m.role, "content": m.content} for m in e.prompt],
            "chosen": [{"role": "assistant", "content": e.chosen}],
            "rejected": [{"role": "assistant", "content": e.rejected}],
        }
        | ({"ref_chosen_logps": e.reference[0], "ref_rejected_logps": e.reference[1]} if e.reference else {})
        for e in examples
    ]
    cached = all(e.reference is not None for e in examples)
    made: Any = (CachedReference if cached else DPOTrainer)(
        model,
        args=DPOConfig(beta=BETA, precompute_ref_log_probs=cached, **engine.arguments(settings, folder)),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        optimizers=engine.optimizer(model, settings),
    )
    # TRL takes the fresh adapter for a trained one and freezes a copy of it as reference; the base model is the same.
    made.model.delete_adapter("ref")
    return made
