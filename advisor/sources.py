"""The papers and documents that more than one rule rests on. `checked` says how far each was read; a rule may define its own."""

from __future__ import annotations

import dataclasses

from advisor.types import Source


def claim(source: Source, number: str | None = None, **supports: int) -> Source:
    """A source as evidence for effects of one sign on some methods, with the figure that bears on them."""
    return dataclasses.replace(source, number=source.number if number is None else number, supports=supports)


DPO = Source(
    "Direct Preference Optimization: Your Language Model is Secretly a Reward Model",
    "arXiv:2305.18290", 2023, "up to 6B parameters; sentiment, summarisation, single-turn dialogue", "",
    dissent="Xu et al. (arXiv:2404.10719): PPO above DPO on all their testbeds",
)  # fmt: skip
BUDGET = Source(
    "Balancing the Budget: Understanding Trade-offs Between Supervised and Preference-Based Finetuning",
    "arXiv:2502.11284", 2025, "base models, several sizes, four tasks, fixed annotation budget",
    "SFT alone dominates below 1,000 annotated examples",
    dissent="near-optimal DPO from subsets of pairs (arXiv:2404.14723)",
)  # fmt: skip
TINY = Source(
    "Improving LLM Safety and Helpfulness using SFT and DPO: A Study on OPT-350M",
    "arXiv:2509.09055", 2025, "OPT-350M (base) on HH-RLHF, scored by reward models",
    "SFT then DPO above SFT, SFT above DPO, on all three metrics",
)  # fmt: skip
SCOPE = Source(
    "SCOPE: A Self-supervised Framework for Improving Faithfulness in Conditional Text Generation",
    "arXiv:2502.13674", 2025,
    "data-to-text and summarisation: SFT on half the data, then preference tuning on self-made negatives",
    "up to 8.8 AlignScore points", checked="second-hand",
)  # fmt: skip
CONTEXT_DPO = Source(
    "Context-DPO: Aligning Language Models for Context-Faithfulness",
    "arXiv:2412.15280", 2024, "popular open models on ConFiQA (conflicting contexts)",
    "context-faithfulness up 35 % to 280 % over the untuned model",
)  # fmt: skip
TRUST_ALIGN = Source(
    "Measuring and Enhancing Trustworthiness of LLMs in RAG through Grounded Attributions and Learning to Refuse",
    "arXiv:2409.11242", 2024, "27 models, Qwen-0.5B among them; DPO on pairs with refusals",
    "better than baselines in 26 of 27 models",
)  # fmt: skip
RAG_FIRST = Source(
    "Fine-Tuning or Retrieval? Comparing Knowledge Injection in LLMs",
    "arXiv:2312.05934", 2023, "7B models, unsupervised fine-tuning on new and known facts",
    "RAG above fine-tuning on every task tried",
)  # fmt: skip
KTO = Source(
    "KTO: Model Alignment as Prospect Theoretic Optimization",
    "arXiv:2402.01306", 2024, "1B to 30B models; binary desirable/undesirable labels",
    "matches or exceeds preference-based methods from 1B to 30B", checked="second-hand",
)  # fmt: skip
SMAUG = Source(
    "Smaug: Fixing Failure Modes of Preference Optimisation with DPO-Positive",
    "arXiv:2402.13228", 2024, "7B to 72B models; pairs of low edit distance", "",
)  # fmt: skip
CHES = Source(
    "Unintentional Unalignment: Likelihood Displacement in Direct Preference Optimization",
    "arXiv:2410.08847", 2024, "Llama-3-8B-Instruct trained to refuse, on pairs of similar embeddings",
    "refusal rate fell from 74.4 % to 33.4 %",
)  # fmt: skip
LENGTH = Source(
    "Disentangling Length from Quality in Direct Preference Optimization",
    "arXiv:2403.19159", 2024, "Pythia-2.8B, HH-RLHF and summarisation",
    "up to 20 % more length-controlled wins with a length penalty",
)  # fmt: skip
NOISE = Source(
    "Impact of Preference Noise on the Alignment Performance of Generative Language Models",
    "arXiv:2404.09824", 2024, "T5-class models, summarisation and dialogue, injected noise",
    "10 points more noise can cost 30 points of win rate; 20-40 % of pairs are noisy",
)  # fmt: skip
DEDUP = Source(
    "Deduplicating Training Data Makes Language Models Better",
    "arXiv:2107.06499", 2022, "pre-training corpora, models up to 1.5B", "ten times less memorised text after "
    "deduplication", checked="second-hand",
)  # fmt: skip
LIMA = Source(
    "LIMA: Less Is More for Alignment", "arXiv:2305.11206", 2023, "65B base model, SFT only", "1,000 curated examples",
    dissent="small models need more: our reading, no source", checked="second-hand",
)  # fmt: skip
XSTEST = Source(
    "XSTest: A Test Suite for Identifying Exaggerated Safety Behaviours in Large Language Models",
    "arXiv:2308.01263", 2023, "prompting of chat models with safe prompts that look unsafe", "", checked="second-hand",
)  # fmt: skip
OPENAI_BEST = Source(
    "Fine-tuning best practices (OpenAI documentation)",
    "https://developers.openai.com/api/docs/guides/fine-tuning-best-practices", 2025, "vendor guidance for hosted "
    "models", "", checked="paper",
)  # fmt: skip
GRPO = Source(
    "DeepSeekMath: Pushing the Limits of Mathematical Reasoning in Open Language Models",
    "arXiv:2402.03300", 2024, "7B model after SFT; rewards from checkable answers", "",
    dissent="useless where the model never or always succeeds: no reward contrast within a group", checked="second-hand",
)  # fmt: skip
LEAK = Source(
    "Rethinking Benchmark and Contamination for Language Models with Rephrased Samples", "arXiv:2311.04850", 2023,
    "13B model trained on rephrased MMLU, GSM8K and HumanEval tests", "reaches GPT-4's level on the leaked benchmarks",
    checked="second-hand",
)  # fmt: skip
SHORTCUTS = Source(
    "Shortcut Learning in Deep Neural Networks", "arXiv:2004.07780", 2020, "review across vision and language", "",
    checked="second-hand",
)  # fmt: skip
