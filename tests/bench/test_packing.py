"""Prompts are shared where that is exact, and nowhere else: other architectures, tiny and random, against plain passes."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoConfig, AutoModelForCausalLM

from bench import decoding, encoding, engine, forward, models, packing, plain, preflight, scoring, speed
from bench.engine import Example, Settings
from bench.types import BenchError
from tests.bench.command import QUIET
from tests.bench.small_run import bench, items, make_place, run_folder

pytestmark = QUIET
V = 96
COMMON = {
    "vocab_size": V, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4,
    "num_key_value_heads": 2, "max_position_embeddings": 128, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
GPT = {
    "vocab_size": V,
    "n_embd": 32,
    "n_layer": 2,
    "n_head": 4,
    "n_positions": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
SLIDING = {"sliding_window": 8, "head_dim": 8, "query_pre_attn_scalar": 8}
SHARED: dict[str, dict[str, Any]] = {
    "llama": COMMON,
    "qwen2": COMMON,
    "gpt2": GPT,
    "mistral": {**COMMON, "sliding_window": 64, "head_dim": 8},
    "qwen3_moe": {**COMMON, "head_dim": 8, "num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 16,
                  "router_aux_loss_coef": 0.0},
}  # fmt: skip
ALONE: dict[str, tuple[str, dict[str, Any]]] = {
    "a window (Mistral)": ("mistral", {**COMMON, "sliding_window": 8, "head_dim": 8}),
    "a window in some layers (Gemma 3)": (
        "gemma3_text",
        {**COMMON, **SLIDING, "layer_types": ["sliding_attention", "full_attention"]},
    ),
    "convolutions (LFM2)": ("lfm2", {**COMMON, "layer_types": ["conv", "full_attention"], "block_multiple_of": 8}),
    "positions counted in the row (MPT)": (
        "mpt",
        {"vocab_size": V, "d_model": 32, "n_layers": 2, "n_heads": 4, "max_seq_len": 128},
    ),
    "positions counted in the row (BLOOM)": ("bloom", {"vocab_size": V, "hidden_size": 32, "n_layer": 2, "n_head": 4}),
    "local attention (GPT-Neo)": (
        "gpt_neo",
        {"vocab_size": V, "hidden_size": 32, "num_layers": 2, "num_heads": 4, "window_size": 8,
         "attention_types": [[["global", "local"], 1]], "max_position_embeddings": 128},
    ),
    "positions counted in the row (Falcon with ALiBi)": (
        "falcon",
        {"vocab_size": V, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "alibi": True},
    ),
    "a state in some layers (Bamba)": (
        "bamba",
        {**COMMON, "mamba_n_heads": 8, "mamba_d_head": 8, "mamba_d_state": 8, "mamba_expand": 2, "mamba_n_groups": 1,
         "attn_layer_indices": [1]},
    ),
    "a state (RWKV)": ("rwkv", {"vocab_size": V, "hidden_size": 32, "num_hidden_layers": 2, "context_length": 128}),
    "a state (Mamba)": ("mamba", {"vocab_size": V, "hidden_size": 32, "state_size": 8, "num_hidden_layers": 2}),
}  # fmt: skip


def made(kind: str, config: dict[str, Any], spread: float = 0.15) -> Any:
    torch.manual_seed(0)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(kind, **config), attn_implementation="eager")
    for weight in model.parameters():
        if weight.dim() > 1:
            weight.data.normal_(0, spread)  # far apart: what leaks or moves must show
    return model.eval()


def ids(*lengths: int) -> list[list[int]]:
    draw = torch.Generator().manual_seed(1)
    return [torch.randint(3, V, (n,), generator=draw).tolist() for n in lengths]


PROMPTS, CHOSEN, REJECTED = ids(21, 15), ids(6, 4), ids(3, 9)


class Words:
    """As much of a tokenizer as decoding needs."""

    eos_token_id, pad_token_id = 2, 0

    def decode(self, tokens: list[int], **_: Any) -> str:
        return " ".join(map(str, tokens))

    def batch_decode(self, rows: list[list[int]], **_: Any) -> list[str]:
        return [self.decode(row) for row in rows]


def expected(model: Any) -> list[list[float]]:
    """Log-probabilities of each pair's sides, each by a pass of its own."""
    with torch.inference_mode():
        return [
            [plain.logprob(model, p, answer) for answer in pair]
            for p, pair in zip(PROMPTS, zip(CHOSEN, REJECTED, strict=True), strict=True)
        ]


def spoken(model: Any, prompt: list[int], limit: int) -> str:
    """Greedy decoding by whole passes."""
    said = list(prompt)
    with torch.inference_mode():
        for _ in range(limit):
            token = int(model(input_ids=torch.tensor([said]), use_cache=False).logits[0, -1].argmax())
            if token in decoding.stop_ids(Words(), model):
                break
            said.append(token)
    return Words().decode(said[len(prompt) :])


ALL = [*SHARED.items(), *ALONE.values()]
EVERY = pytest.mark.parametrize(("kind", "config"), ALL, ids=[*SHARED, *ALONE])


@EVERY
def test_scores_and_answers_are_those_of_plain_passes(kind: str, config: dict[str, Any]) -> None:
    model = made(kind, config)
    tokens = [encoding.Tokens(p, (c, r)) for p, c, r in zip(PROMPTS, CHOSEN, REJECTED, strict=True)]
    with torch.inference_mode():
        found = scoring._chats(model, Words(), tokens, True, 12)
    for output, want, prompt in zip(found, expected(model), PROMPTS, strict=True):
        assert output.logprobs == pytest.approx(want, rel=1e-4)
        assert output.text == spoken(model, prompt, 12)


@EVERY
def test_training_sees_the_log_probabilities_of_plain_passes(kind: str, config: dict[str, Any]) -> None:
    model = made(kind, config)
    assert forward.plain_head(model)
    sides = [p + c for p, c in zip(PROMPTS, CHOSEN, strict=True)] + [
        p + r for p, r in zip(PROMPTS, REJECTED, strict=True)
    ]
    rows, mask = encoding.pad(sides, 0, "right", "cpu")
    labels = rows.masked_fill(mask == 0, -100)
    for row, prompt in zip(labels, PROMPTS * 2, strict=True):
        row[: len(prompt)] = -100
    with torch.no_grad():
        found = forward.fused(model, rows, mask, labels).log_probs.sum(-1)
    want = [pair[side] for side in (0, 1) for pair in expected(model)]
    assert found.tolist() == pytest.approx(want, rel=1e-4)


SPREADS = pytest.mark.parametrize("spread", [0.02, 0.15], ids=["near", "far"])
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16], ids=["float32", "bfloat16"])


@DTYPES
@SPREADS
@pytest.mark.parametrize(("kind", "config"), SHARED.items(), ids=SHARED)
def test_prompts_are_shared_where_all_layers_see_all_that_the_mask_allows(
    kind: str, config: dict[str, Any], spread: float, dtype: torch.dtype
) -> None:
    assert packing.packable(made(kind, config, spread).to(dtype), 40)


@DTYPES
@SPREADS
@pytest.mark.parametrize(("kind", "config"), ALONE.values(), ids=ALONE)
def test_prompts_are_not_shared_over(kind: str, config: dict[str, Any], spread: float, dtype: torch.dtype) -> None:
    assert not packing.packable(made(kind, config, spread).to(dtype), 40)


def test_a_window_as_wide_as_the_row_is_none() -> None:
    model = made(*ALONE["a window (Mistral)"])
    assert [packing.packable(model, width) for width in (8, 9)] == [True, False]


@pytest.mark.parametrize("kind", ["gpt_neo", "gptj", "mamba"])
def test_an_architecture_that_knows_one_attention_only_is_left_with_it(kind: str, tmp_path: Any) -> None:
    from bench.models import Weights

    config = dict(ALL[[k for k, _ in ALL].index(kind)][1]) if kind != "gptj" else {**GPT, "rotary_dim": 4}
    AutoConfig.for_model(kind, **config).save_pretrained(tmp_path)
    assert speed.attention(Weights("tiny", tmp_path, "0"), "float32", "cpu").name == "eager"


@pytest.mark.parametrize(
    ("kind", "changed", "positions"),
    [
        ("llama", {}, float("inf")),
        ("qwen2", {"sliding_window": 16, "use_sliding_window": False}, float("inf")),
        ("qwen2", {"sliding_window": 16, "use_sliding_window": True, "max_window_layers": 1}, 16),
        ("exaone4", {"sliding_window": 16, "sliding_window_pattern": 2}, 16),
        ("llama4_text", {"attention_chunk_size": 32}, 32),
        ("modernbert-decoder", {"local_attention": 12}, 6),
        ("doge", {"keep_window_size": 24}, 24),
        ("deepseek_v32", {}, 0),
        ("falcon_h1", {}, 0),
    ],
)
def test_how_far_every_layer_looks_back_stands_in_the_config(
    kind: str, changed: dict[str, Any], positions: float
) -> None:
    assert packing.window(AutoConfig.for_model(kind, **changed)) == positions


def test_a_batch_is_as_wide_as_its_longest_prompt_with_the_longest_answers() -> None:
    """Each request alone fits the window of 32; side by side, padded to each other, they do not."""
    model = made("mistral", {**COMMON, "sliding_window": 32, "head_dim": 8})
    long, short, word, sentence = ids(28, 8, 1, 9)
    tokens = [encoding.Tokens(long, (word, word)), encoding.Tokens(short, (sentence, sentence))]
    with torch.inference_mode():
        found = scoring._chats(model, Words(), tokens, False, 12)
        assert [o.logprobs[0] for o in found] == pytest.approx(
            [plain.logprob(model, long, word), plain.logprob(model, short, sentence)], rel=1e-4
        )
    assert packing.packable(model, 30)


def test_answers_are_greedy_whatever_the_models_own_settings_ask() -> None:
    model = made(*ALONE["a window (Mistral)"])
    before = spoken(model, PROMPTS[0], 12)
    model.generation_config.repetition_penalty = 2.0
    with torch.inference_mode():
        [found] = scoring._chats(model, Words(), [encoding.Tokens(PROMPTS[0], ())], True, 12)
    assert found.text == before
    assert len(set(before.split())) < len(before.split())  # it repeats itself, so that a penalty would show
    assert model.generation_config.repetition_penalty == 2.0


ROUTED = {**SHARED["qwen3_moe"], "router_aux_loss_coef": 0.001}
TRAINED = {"experts whose router has a loss": ("qwen3_moe", ROUTED), **ALONE}
del TRAINED["a state (Mamba)"]


def test_a_router_with_a_loss_keeps_trls_forward() -> None:
    assert not forward.plain_head(made("qwen3_moe", ROUTED))
    assert forward.plain_head(made("qwen3_moe", SHARED["qwen3_moe"]))


@pytest.mark.filterwarnings(
    "ignore:.*_pattern keys did not match:RuntimeWarning"
)  # peft, of experts that it does not adapt
@pytest.mark.parametrize("method", ["sft", "dpo"])
@pytest.mark.parametrize(("kind", "config"), TRAINED.values(), ids=TRAINED)
def test_a_real_step_passes_every_check(
    kind: str, config: dict[str, Any], method: str, tiny_model: Path, rows: list[Example], tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    tokenizer = models.tokenizer(models.Weights("tiny", folder, "0"))
    room = {name: 1024 for name in ("max_position_embeddings", "max_seq_len", "context_length") if name in config}
    made(kind, {**config, **room, "vocab_size": len(tokenizer), "pad_token_id": 1, "eos_token_id": 2}).save_pretrained(
        folder
    )
    settings = Settings(1, preflight.ROWS, 1e-3, 512, 4, 0)
    found = preflight.checks(models.resolve(str(folder)), "float32", "eager", method, rows[: preflight.ROWS], settings)
    assert {c.code: c.status for c in found if c.status != "ok"} == {}
    assert "scoring" in {c.code for c in found}


def test_an_architecture_that_takes_no_adapter_is_one_line() -> None:
    with pytest.raises(BenchError, match="mamba: takes no adapter") as stopped:
        engine.adapt(made(*ALONE["a state (Mamba)"]), 4, 0)
    assert "\n" not in str(stopped.value)


@pytest.fixture(scope="module")
def windowed(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model as a Mistral, whose weights have the same names, that looks back 16 positions."""
    folder = Path(shutil.copytree(tiny_model, tmp_path_factory.mktemp("windowed") / "model"))
    config = json.loads((folder / "config.json").read_text())
    changed = {"model_type": "mistral", "architectures": ["MistralForCausalLM"], "sliding_window": 16}
    (folder / "config.json").write_text(json.dumps({**config, **changed}))
    return folder


def test_the_harness_leaves_it_to_its_own_passes(windowed: Path) -> None:
    pytest.importorskip("lm_eval")
    from lm_eval.models.huggingface import HFLM

    from bench.harness import Harness
    from tests.bench.test_harness import ROWS, asked

    model, tokenizer = models.load(models.resolve(str(windowed)), "float32")
    both = HFLM(pretrained=model, tokenizer=tokenizer, batch_size=4, max_length=512), Harness(model, tokenizer, 512)
    pairs = [(row["prompt"], f" {answer}") for row in ROWS for answer in (row["chosen"], row["rejected"])]
    stock, ours = (lm.loglikelihood(asked("loglikelihood", *pairs), disable_tqdm=True) for lm in both)
    assert ours == stock
    # Each of these fits the window; a batch of both, padded to each other, does not.
    narrow = [("the " * 12, " mill"), ("the", " mill and river and bridge")]
    stock, ours = (lm.loglikelihood(asked("loglikelihood", *narrow), disable_tqdm=True) for lm in both)
    assert [score for score, _ in ours] == pytest.approx([score for score, _ in stock], abs=1e-3)
    questions = asked("generate_until", *((row["prompt"], {"until": [], "max_gen_toks": 6}) for row in ROWS))
    stock, ours = (lm.generate_until(questions, disable_tqdm=True) for lm in both)
    assert ours == stock


def test_a_whole_run_over_a_window(windowed: Path, tmp_path: Path) -> None:
    place = make_place(tmp_path / "place", windowed)
    few = (
        "--budget",
        "tokens:4k",
        "--seeds",
        "1",
        "--items",
        "8",
        "--methods",
        "dpo",
        "--tasks",
        "preference,rag_faithfulness",
    )
    said = bench("run", "--data", "own.jsonl", "--model", "model", *few, inside=place)
    assert said.code == 0, said.err
    run = run_folder(place)
    result = json.loads((run / "result.json").read_bytes())
    exact = {c["code"]: c["status"] for c in result["tracks"][0]["checks"]}
    assert {exact[code] for code in ("scoring", "reference", "first_loss")} == {"ok"}
    assert result["certificate"]["holds"]
    assert any(item["text"] for item in items(run, "base"))
