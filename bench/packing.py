"""Whether several answers may follow one prompt in one row, each seeing the prompt and itself.

Sharing a prompt so is exact where every layer is attention that obeys a mask of shape (rows, 1, positions, keys) and takes
positions from `position_ids`. It is wrong under windows shorter than the row (the mask replaces theirs), in layers with a state
(convolution, state space), and where positions are counted in the row (ALiBi). Windows and kinds of layers stand in the
config, and what is not known there is not shared; the rest is tried out on the model itself, once.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    import torch

_LAYERS = frozenset({"full_attention", "sliding_attention", "chunked_attention"})
"""Kinds of layers that see all before them as far as their window reaches; others select, compress, or keep a state."""
_BOUND = re.compile(r"window|chunk|block_size|local_att|index_")
"""In the names by which configs bound how far a layer looks back: sliding_window, attention_chunk_size, local_attention, …"""
_WHERE = ("pattern", "layers")
"""Such names end so where they say which layers are bound, not how far: sliding_window_pattern, max_window_layers."""
_PROMPT, _ANSWER = 4, 3
_LEAK, _MOVED = 1e-3, 1e-6
"""Of the norm of hidden states: what rounding may change at most between equal rows, and what other positions must change."""

_found: WeakKeyDictionary[torch.nn.Module, float] = WeakKeyDictionary()


def packable(causal: Any, width: int) -> bool:
    """Whether rows of `width` positions, prompt and the longest answer, may share their prompt."""
    if causal not in _found:
        _found[causal] = reach(causal)
    return width <= _found[causal]


def reach(causal: Any) -> float:
    """Positions of the widest row that may share its prompt; 0 where none may."""
    seen = 0 if getattr(causal, "_is_stateful", False) else window(causal.config)
    return seen if seen and _isolates(causal) else 0


def window(config: Any) -> float:
    """Positions that every layer looks back at least; infinite for full attention, 0 where the config does not tell."""
    text = config.get_text_config()
    kinds = set(getattr(text, "layer_types", None) or ())
    ignored = {"sliding_window"} if getattr(text, "use_sliding_window", None) is False else set()
    names = [n for n in text.to_dict() if _BOUND.search(n) and not n.endswith(_WHERE) and n not in ignored]
    bounds = [b for n in names if (b := getattr(text, n, None)) and not isinstance(b, bool)]
    told = all(isinstance(b, int) for b in bounds) and (bounds or kinds <= {"full_attention"})
    return min(bounds, default=math.inf) if told and kinds <= _LAYERS else 0


def _isolates(causal: Any) -> bool:
    """Whether an answer is the same whatever stands beside it, and another at other positions.

    Three rows [prompt · beside · answer]: the second has other tokens beside, the third other positions of the answer.
    """
    import torch

    ends = _PROMPT + _ANSWER, _PROMPT + 2 * _ANSWER
    device, draw = causal.device, torch.Generator().manual_seed(0)
    ids = torch.randint(causal.get_input_embeddings().weight.shape[0], (1, ends[1]), generator=draw).repeat(3, 1)
    ids[1, _PROMPT : ends[0]] = ids[1, _PROMPT : ends[0]].flip(0) // 2
    places = torch.tensor([*range(ends[0]), *range(_PROMPT, ends[0])]).repeat(3, 1)
    places[2, ends[0] :] += 1
    seen = torch.ones(ends[1], ends[1], dtype=torch.bool).tril()
    seen[ends[0] :, _PROMPT : ends[0]] = False
    mask = torch.zeros(3, 1, ends[1], ends[1], dtype=causal.dtype).masked_fill(~seen, torch.finfo(causal.dtype).min)
    trains = causal.training
    causal.eval()
    try:
        with torch.no_grad():
            hidden = causal.base_model(
                input_ids=ids.to(device),
                attention_mask=mask.to(device),
                position_ids=places.to(device),
                use_cache=False,
            ).last_hidden_state[:, ends[0] :]
    except (TypeError, ValueError, RuntimeError, LookupError, AttributeError):
        return False  # it does not know such a mask or such positions
    finally:
        causal.train(trains)
    size = hidden[0].float().norm()
    beside, moved = ((hidden[n].float() - hidden[0].float()).norm() / size for n in (1, 2))
    rounding = min(_LEAK, 8 * torch.finfo(causal.dtype).eps)
    return bool(beside < rounding and moved > max(_MOVED, 4 * beside))
