"""A model so small that it trains in seconds, and yet a real one: it is really trained and really answers."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def make(folder: Path) -> Path:
    """In `folder`, which it returns: a two-layer Llama and a word tokenizer with a chat template, taught to form answers."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from tasks import data

    texts = [r[k] for name in ("rag", "values") for r in data.rows(name) for k in ("prompt", "chosen", "rejected")]
    words = Tokenizer(models.WordLevel(unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    special = ["<unk>", "<pad>", "<eos>", "<user>", "<assistant>", "<system>"]
    words.train_from_iterator(texts, trainers.WordLevelTrainer(vocab_size=2000, special_tokens=special))
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=words,
        unk_token="<unk>",
        pad_token="<pad>",
        eos_token="<eos>",
    )
    tokenizer.chat_template = (
        "{% for m in messages %}<{{ m['role'] }}> {{ m['content'] }} <eos> {% endfor %}"
        "{% if add_generation_prompt %}<assistant> {% endif %}"
    )
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        tie_word_embeddings=True,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
    )
    model = LlamaForCausalLM(config)
    _teach(model, tokenizer, data.rows("values", "train"))
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def _teach(model: Any, tokenizer: Any, rows: list[dict[str, Any]]) -> None:
    """Eighty plain language-model steps, so that greedy answers are words and end."""
    import torch

    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(80):
        some = rows[(step * 16) % 464 :][:16]
        turns = [
            [{"role": "user", "content": r["prompt"]}, {"role": "assistant", "content": r["chosen"]}] for r in some
        ]
        batch = tokenizer(
            [tokenizer.apply_chat_template(t, tokenize=False) for t in turns], padding=True, return_tensors="pt"
        )
        labels = batch["input_ids"].masked_fill(batch["attention_mask"] == 0, -100)
        model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=labels).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    model.eval()
