"""The advisor's cost formulas against the training stack: what torch keeps, what it launches, what TRL does by default."""

from __future__ import annotations

import contextlib
import dataclasses
import weakref
from typing import Any

import pytest
import torch
from peft import LoraConfig, get_peft_model
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM

from advisor.architecture import RANK, Architecture, adapter, kept_at_checkpoint, kept_in_layer, linear, passing
from advisor.formulas import BATCH, COMPLETION, FORMULAS, GENERATIONS, KERNELS, KERNELS_MORE

SHAPES = (
    Architecture("wide", 0, 256, 0, 704, 64, 256),
    Architecture("square", 0, 384, 0, 1024, 192, 256),
)
HEAD = 32


def llama(shape: Architecture, layers: int, checkpoints: bool = False) -> Any:
    config = LlamaConfig(
        hidden_size=shape.width,
        intermediate_size=shape.feed,
        num_hidden_layers=layers,
        num_attention_heads=shape.width // HEAD,
        num_key_value_heads=shape.keys // HEAD,
        vocab_size=shape.vocabulary,
    )
    lora = LoraConfig(r=RANK, target_modules="all-linear", task_type="CAUSAL_LM")
    model = get_peft_model(LlamaForCausalLM(config).to(torch.bfloat16), lora)
    if checkpoints:
        model.gradient_checkpointing_enable({"use_reentrant": False})
        model.enable_input_require_grads()
    return model.train()


def kept(shape: Architecture, layers: int, tokens: int, checkpoints: bool) -> float:
    """Bytes of the tensors that autograd keeps of one forward pass, the parameters left out."""
    model = llama(shape, layers, checkpoints)
    parameters = {p.untyped_storage().data_ptr() for p in model.parameters()}
    held: dict[int, torch.UntypedStorage] = {}

    def keep(tensor: torch.Tensor) -> torch.Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in parameters:
            held[storage.data_ptr()] = storage
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t), torch.autocast("cpu", torch.bfloat16):
        output = model.get_base_model().model(input_ids=torch.zeros(1, tokens, dtype=torch.long), use_cache=False)
    assert output.last_hidden_state.requires_grad
    return sum(storage.nbytes() for storage in held.values())


def a_layers(shape: Architecture, checkpoints: bool = False) -> float:
    """Bytes a token and layer: differences leave out what is kept once a model or once a batch."""
    small, large = ([kept(shape, layers, tokens, checkpoints) for layers in (1, 2)] for tokens in (64, 128))
    return ((large[1] - large[0]) - (small[1] - small[0])) / 64


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_a_layer_keeps_what_the_formula_says(shape: Architecture) -> None:
    """But for the log-sum-exp of each head and the norms' two factors: four bytes each."""
    small_change = 4 * (shape.width // HEAD) + 2 * 4
    assert a_layers(shape) == kept_in_layer(shape) + small_change


def test_a_checkpointed_layer_keeps_its_input() -> None:
    assert a_layers(SHAPES[0], checkpoints=True) == kept_at_checkpoint(SHAPES[0])


def test_adapters_are_counted_as_peft_counts_them() -> None:
    model = llama(SHAPES[0], 2)
    trained = [p for p in model.parameters() if p.requires_grad]
    assert {p.dtype for p in trained} == {torch.float32}
    two_layers = Architecture("wide", 0, 256, 2, 704, 64, 256)
    assert sum(p.numel() for p in trained) == adapter(two_layers)


class Live(TorchDispatchMode):
    """Follows the bytes of the tensors that are alive."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: dict[int, int] = {}
        self.now = self.peak = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(out):
            if isinstance(tensor, torch.Tensor) and tensor.untyped_storage()._cdata not in self.sizes:
                self.born(tensor.untyped_storage())
        return out

    def born(self, storage: torch.UntypedStorage) -> None:
        self.sizes[storage._cdata] = storage.nbytes()
        self.now += storage.nbytes()
        self.peak = max(self.peak, self.now)
        weakref.finalize(storage, self.died, storage._cdata)

    def died(self, name: int) -> None:
        self.now -= self.sizes.pop(name)


def peak(shape: Architecture, tokens: int) -> int:
    model = llama(shape, 4, checkpoints=True)
    with Live() as live, torch.autocast("cpu", torch.bfloat16):
        ids = torch.zeros(1, tokens, dtype=torch.long)
        model.get_base_model().model(input_ids=ids, use_cache=False).last_hidden_state.sum().backward()
    return live.peak


def test_the_peak_is_the_checkpoints_and_one_layers_backward_pass() -> None:
    """Between batches long enough that what hangs on the tokens is the peak, not what hangs on the weights."""
    shape = SHAPES[0]
    said = 4 * kept_at_checkpoint(shape) + kept_in_layer(shape) + passing(shape)
    assert (peak(shape, 1024) - peak(shape, 512)) / 512 == pytest.approx(said, rel=0.03)


class Kernels(TorchDispatchMode):
    """Counts operations that compute: views launch nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.n = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.n += not (func.is_view or func.overloadpacket.__name__ in ("_unsafe_view", "detach"))
        return func(*args, **(kwargs or {}))


def launched(layers: int, train: bool) -> int:
    model = llama(SHAPES[0], layers, checkpoints=True)
    ids = torch.zeros(1, 8, dtype=torch.long)
    without = contextlib.nullcontext() if train else torch.no_grad()
    adapters = contextlib.nullcontext() if train else model.disable_adapter()
    with Kernels() as kernels, torch.autocast("cpu", torch.bfloat16), without, adapters:
        loss = model(input_ids=ids, labels=ids, use_cache=False).loss
        if train:
            loss.backward()
    return kernels.n


@pytest.mark.parametrize(("train", "said"), [(True, KERNELS), (False, KERNELS_MORE)], ids=["step", "reference"])
def test_a_layer_launches_about_as_many_kernels_as_the_formula_says(train: bool, said: int) -> None:
    assert launched(2, train) - launched(1, train) == pytest.approx(said, rel=0.15)


def computed(layers: int) -> float:
    """FLOPs of a training step with checkpoints."""
    model, ids = llama(SHAPES[0], layers, checkpoints=True), torch.zeros(1, 8, dtype=torch.long)
    with FlopCounterMode(display=False) as flops, torch.autocast("cpu", torch.bfloat16):
        model(input_ids=ids, labels=ids, use_cache=False).loss.backward()
    return flops.get_total_flops() / ids.numel()


def test_a_layer_computes_six_flops_a_frozen_parameter_and_eight_a_trained_one() -> None:
    """Forward, again at the checkpoint, and backward to the input; to the weights for the adapters only."""
    layer = dataclasses.replace(SHAPES[0], layers=1)
    said = FORMULAS["sft"].passes * linear(layer) + 8 * adapter(layer)
    assert computed(2) - computed(1) == pytest.approx(said, rel=0.03)


def test_trls_defaults_are_those_assumed(tmp_path: Any) -> None:
    from trl import DPOConfig, GRPOConfig, KTOConfig, SFTConfig

    places = {"output_dir": str(tmp_path), "use_cpu": True, "bf16": False}
    for made in (SFTConfig(**places), DPOConfig(**places), KTOConfig(**places), GRPOConfig(**places)):
        assert made.gradient_checkpointing
        assert made.per_device_train_batch_size == BATCH
    assert SFTConfig(**places).max_length == 1024
    grpo = GRPOConfig(**places)
    assert (grpo.num_generations, grpo.max_completion_length, grpo.beta) == (GENERATIONS, COMPLETION, 0.0)
    assert not grpo.use_vllm
