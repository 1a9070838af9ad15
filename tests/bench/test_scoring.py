"""The scoring engine equals the plain computation: one prompt at a time, no cache, transformers' own generate."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import jinja2
import pytest
import torch

from advisor.types import Message
from bench import decoding, encoding, engine, models, scoring
from tasks import data
from tasks.types import Request


def requests(count: int, generate: bool = True) -> list[Request]:
    rows = data.rows("values", "test")[:count]
    return [Request((Message("user", r["prompt"]),), (r["chosen"], r["rejected"]), generate) for r in rows]


def plain_logprob(model: torch.nn.Module, prompt: list[int], answer: list[int]) -> float:
    with torch.no_grad():
        logits = model(torch.tensor([prompt + answer])).logits[0, len(prompt) - 1 : -1]
    return float(logits.log_softmax(-1).gather(-1, torch.tensor(answer)[:, None]).sum())


def test_log_likelihoods_equal_the_plain_computation(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    wanted = requests(40)  # more than one batch, of different lengths
    for request, output in zip(wanted, scoring.run(model, tokenizer, wanted, 8), strict=True):
        tokens = encoding.encode(tokenizer, request.prompt, request.continuations)
        plain = [plain_logprob(model, tokens.prompt, c) for c in tokens.continuations]
        assert output.logprobs == pytest.approx(plain, abs=1e-3)
        assert output.lengths == tuple(map(len, tokens.continuations))


def test_answers_are_scored_after_every_variant_of_the_prompt_too(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    plain, told = requests(12), list[int]()
    others = [replace(r, continuations=r.continuations[:1], generate=False) for r in plain]
    wanted = [replace(r, variants=tuple(others[: n % 3])) for n, r in enumerate(plain)]
    found = scoring.run(model, tokenizer, wanted, 4, told.append)
    assert sum(told) == 12, "variants are no requests of their own"
    for request, output, without in zip(wanted, found, scoring.run(model, tokenizer, plain, 4), strict=True):
        assert output.text == without.text
        assert output.logprobs == pytest.approx(without.logprobs, abs=1e-3)
        assert len(output.variants) == len(request.variants)
        for asked, variant in zip(request.variants, output.variants, strict=True):
            [alone] = scoring.run(model, tokenizer, [asked], 1)
            assert variant.logprobs == pytest.approx(alone.logprobs, abs=1e-3)
            assert (variant.lengths, variant.text) == (alone.lengths, None)


def test_the_head_reads_states_that_lie_together(weights: models.Weights) -> None:
    """torch multiplies a slice of them with frozen weights as a batch: a copy of the whole head for each prompt."""
    model, tokenizer = models.load(weights, "float32")
    causal = decoding.unwrap(engine.adapt(model, 4, 0).eval())
    ids, mask = encoding.pad([[1, 2, 3], [4, 5]], tokenizer.pad_token_id, "left", "cpu")
    seen: list[torch.Tensor] = []
    causal.get_output_embeddings().register_forward_pre_hook(lambda _, states: seen.extend(states))
    with torch.inference_mode():
        decoding.read(causal, ids, mask)
    assert [(states.shape[:2], states.is_contiguous()) for states in seen] == [((2, 1), True)]


def test_long_continuations_make_small_batches_and_the_same_scores(
    weights: models.Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = models.load(weights, "float32")
    wanted = requests(12, generate=False)
    together, sizes = scoring.run(model, tokenizer, wanted, 8), list[int]()
    longest = max(sum(map(len, encoding.encode(tokenizer, r.prompt, r.continuations).continuations)) for r in wanted)
    monkeypatch.setattr(scoring, "ANSWERS", 2 * longest)
    apart = scoring.run(model, tokenizer, wanted, 8, sizes.append)
    assert sum(sizes) == 12
    assert max(sizes[:-1]) < 12
    assert len(sizes) > 2
    for one, other in zip(together, apart, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)


def test_long_prompts_make_small_batches_and_the_same_scores(
    weights: models.Weights, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, tokenizer = models.load(weights, "float32")
    wanted = requests(12)
    together, sizes, read = scoring.run(model, tokenizer, wanted, 8), list[int](), list[tuple[int, ...]]()
    limit = 2 * max(len(encoding.encode(tokenizer, r.prompt, ()).prompt) for r in wanted)
    monkeypatch.setattr(scoring, "TOKENS", limit)
    own = decoding.read

    def seen(causal: Any, ids: torch.Tensor, mask: torch.Tensor) -> Any:
        read.append(tuple(ids.shape))
        return own(causal, ids, mask)

    monkeypatch.setattr(decoding, "read", seen)
    apart = scoring.run(model, tokenizer, wanted, 8, sizes.append)
    assert sum(sizes) == 12
    assert len(read) > 2
    assert all(rows * width <= limit for rows, width in read)
    for one, other in zip(together, apart, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=1e-3)
        assert one.text == other.text


def test_long_texts_are_read_a_few_at_a_time(weights: models.Weights, monkeypatch: pytest.MonkeyPatch) -> None:
    model, tokenizer = models.load(weights, "float32")
    texts, sizes = [Request(text=r["text"]) for r in data.rows("general")[:8]], list[int]()
    together = scoring.run(model, tokenizer, texts, 1)
    monkeypatch.setattr(scoring, "TOKENS", max(len(tokenizer(t.text)["input_ids"]) for t in texts))
    apart = scoring.run(model, tokenizer, texts, 1, sizes.append)
    assert sizes == [1] * 8
    assert [o.nll for o in together] == pytest.approx([o.nll for o in apart], abs=1e-4)


def test_greedy_answers_equal_generate_one_by_one(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    wanted = requests(12)
    for request, output in zip(wanted, scoring.run(model, tokenizer, wanted, 8), strict=True):
        ids = torch.tensor([encoding.encode(tokenizer, request.prompt, ()).prompt])
        new = model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=8, do_sample=False)[
            0, ids.shape[1] :
        ]
        assert output.text == tokenizer.decode(new, skip_special_tokens=True).strip()


def test_rows_that_end_early_leave_the_batch_without_changing_the_others(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    wanted = requests(12)
    free = scoring.run(model, tokenizer, wanted, 8)
    # The first token of some answer becomes an end of turn, so that this row at least ends at once.
    n, first = next((n, ids[0]) for n, o in enumerate(free) if (ids := tokenizer(o.text)["input_ids"]))
    model.generation_config.eos_token_id = [tokenizer.eos_token_id, first]
    stopped = scoring.run(model, tokenizer, wanted, 8)
    assert stopped[n].text == ""
    assert stopped[n].ended
    for before, after in zip(free, stopped, strict=True):
        assert (before.text or "").startswith(after.text or "")


def test_the_order_of_requests_is_kept_whatever_their_kind(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    chats, texts = requests(5), [Request(text=r["text"]) for r in data.rows("general")[:5]]
    mixed = [r for pair in zip(chats, texts, strict=True) for r in pair]
    outputs = scoring.run(model, tokenizer, mixed, 4)
    assert [o.nll is None for o in outputs] == [True, False] * 5
    alone = scoring.run(model, tokenizer, texts, 4)
    assert [o.nll for o in outputs[1::2]] == pytest.approx([o.nll for o in alone])


def test_kl_to_the_base_is_zero_for_itself_and_positive_once_an_adapter_moved(weights: models.Weights) -> None:
    model, tokenizer = models.load(weights, "float32")
    texts = [Request(text=r["text"]) for r in data.rows("general")[:4]]
    assert [o.kl for o in scoring.run(model, tokenizer, texts, 1)] == [0.0] * 4
    adapted = engine.adapt(model, 4, 0)
    for name, weight in adapted.named_parameters():
        if "lora_B" in name:
            weight.data.normal_(0, 0.5)
    assert all((o.kl or 0) > 0 for o in scoring.run(adapted, tokenizer, texts, 1))


def test_token_boundaries_are_trls(weights: models.Weights) -> None:
    from trl.data_utils import common_prefix_length

    tokenizer = models.tokenizer(weights)
    request = requests(1)[0]
    turns = [{"role": m.role, "content": m.content} for m in request.prompt]
    prompt = tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=False)
    full = tokenizer.apply_chat_template(
        [*turns, {"role": "assistant", "content": request.continuations[0]}], return_dict=False
    )
    cut = common_prefix_length(prompt, full)
    tokens = encoding.encode(tokenizer, request.prompt, request.continuations[:1])
    assert (tokens.prompt, tokens.continuations[0]) == (prompt[:cut], full[cut:])


GEMMA = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for m in messages %}"
    "{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('roles must alternate') }}{% endif %}"
    "<{{ m['role'] }}> {{ m['content'] }} <eos> {% endfor %}{% if add_generation_prompt %}<assistant> {% endif %}"
)
"""What Gemma 2's chat template does, in the tiny tokenizer's words."""


@pytest.fixture
def without_system(tiny_model: Path, tmp_path: Path) -> models.Weights:
    """The tiny model with a template that refuses a system turn."""
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    tokenizer = models.tokenizer(models.resolve(str(folder)))
    tokenizer.chat_template = GEMMA
    tokenizer.save_pretrained(folder)
    return models.resolve(str(folder))


def test_a_refused_system_turn_opens_the_first_turn_of_the_user(without_system: models.Weights) -> None:
    system, shot, answer, asked = (
        Message("system", "Be brief."),
        Message("user", "One?"),
        Message("assistant", "Two."),
        Message("user", "Three?"),
    )
    tokenizer = models.tokenizer(without_system)
    folded = Message("user", "Be brief.\n\nOne?")
    assert encoding.encode(tokenizer, (system, shot, answer, asked), ["Four."]) == encoding.encode(
        tokenizer, (folded, answer, asked), ["Four."]
    )
    # TRL renders conversations without `encode`.
    turns = [{"role": m.role, "content": m.content} for m in (system, shot)]
    assert tokenizer.apply_chat_template(turns, tokenize=False) == "<user> Be brief.\n\nOne? <eos> "


def test_what_else_a_template_refuses_stays_refused(without_system: models.Weights) -> None:
    with pytest.raises(jinja2.TemplateError, match="alternate"):
        encoding.encode(models.tokenizer(without_system), (Message("user", "One?"), Message("user", "Two?")), [])


def test_a_template_that_takes_a_system_turn_stays_as_it_is(weights: models.Weights) -> None:
    from transformers import AutoTokenizer

    plain = AutoTokenizer.from_pretrained(weights.folder)
    assert models.tokenizer(weights).chat_template == plain.chat_template
