"""Supervised fine-tuning on the gold or chosen answers: TRL's SFTTrainer, loss on answer tokens only.

Learning rate: adapters take about ten times the rate of full tuning ("LoRA Without Regret", Thinking Machines 2025;
TRL's guide of that name), from SFT's usual 2e-5; raised for a budget of tens of steps (docs/decisions/learning-rates.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from bench.engine import Example, Settings

TITLE = "Supervised fine-tuning"
NEEDS = frozenset({"chosen"})
LEARNING_RATE = 5e-4


def trainer(model: Any, tokenizer: Any, examples: Sequence[Example], settings: Settings, folder: Path) -> Any:
    """An SFTTrainer over the examples in their order."""
    from datasets import Dataset
    from trl.trainer.sft_config import SFTConfig
    from trl.trainer.sft_trainer import SFTTrainer

    from bench import engine

    rows = [
        {
            "prompt": [{"role": m.role, "content": m.content} for m in e.prompt],
            "completion": [{"role": "assistant", "content": e.chosen}],
        }
        for e in examples
    ]
    return SFTTrainer(
        model,
        args=SFTConfig(completion_only_loss=True, **engine.arguments(settings, folder)),
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        optimizers=engine.optimizer(model, settings),
    )
