"""SFT, then DPO from there: half of the steps each, TRL's SFTTrainer and then TRL's DPOTrainer on the same adapter.

The order of InstructGPT's and Zephyr's recipes (arXiv:2310.16944). DPO's reference is the model that SFT left, as its derivation
wants (arXiv:2305.18290); what that pass costs is on the arm's account. Both parts read pairs, SFT the chosen side.
Learning rate: each part has its own method's (bench/methods/sft.py, dpo.py); the one given is DPO's.
"""

from __future__ import annotations

from bench.methods import dpo

TITLE = "SFT, then DPO"
NEEDS = dpo.NEEDS
LEARNING_RATE = dpo.LEARNING_RATE
PARTS = ("sft", "dpo")
trainer = dpo.trainer
