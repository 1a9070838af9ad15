"""Whether several answers may follow one prompt in one row, each seeing the prompt and itself.

Sharing a prompt so is exact where every layer is attention that obeys a mask of shape (rows, 1, positions, keys) and takes
positions from `position_ids`. It is wrong under windows shorter than the row (the mask replaces theirs), in layers with a state
(convolution, state space), and where positions are counted in the row (ALiBi). Windows stand in the config; the rest is tried out
on the model itself, once.
"""

from __future__ import annotations

import math
from typing import Any
from weakref import WeakKeyDictionary

import torch

_WINDOWS = ("sliding_window", "window_size", "attention_window", "attention_window_size", "attention_chunk_size")
"""What configs call the number of positions that a layer looks back at most."""
_PROMPT, _ANSWER = 4, 3
_LEAK, _MOVED = 1e-3, 1e-6
"""Of the norm of hidden states: what rounding may change between equal rows, and what other positions must change."""

_tried: WeakKeyDictionary[torch.nn.Module, bool] = WeakKeyDictionary()


def packable(causal: Any, width: int) -> bool:
    """Whether rows of `width` positions, prompt and the longest answer, may share their prompt."""
    if width > window(causal.config):
        return False
    if causal not in _tried:
        _tried[causal] = _isolates(causal)
    return _tried[causal]


def window(config: Any) -> float:
    """Positions that every layer looks back at least; infinite for full attention."""
    text = config.get_text_config()
    kinds = getattr(text, "layer_types", None)
    if getattr(text, "use_sliding_window", None) is False or (kinds and set(kinds) == {"full_attention"}):
        return math.inf
    found = [getattr(text, name, None) for name in _WINDOWS]
    return min((n for n in found if isinstance(n, int) and n > 0), default=math.inf)


def _isolates(causal: Any) -> bool:
    """Whether an answer is the same whatever stands beside it, and another at other positions.

    Three rows [prompt · beside · answer]: the second has other tokens beside, the third other positions of the answer.
    """
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
    return bool(beside < _LEAK and moved > max(_MOVED, 4 * beside))
