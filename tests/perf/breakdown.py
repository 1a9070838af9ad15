"""Where the time of our training steps goes: self time of torch's operators on the processor, in groups.

python -m tests.perf.breakdown METHOD        prints a line of JSON
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import Counter
from pathlib import Path

from torch.profiler import ProfilerActivity, profile
from transformers import PrinterCallback

from tests.perf import side

GROUPS = {
    "matrix products": ("mm", "addmm", "bmm", "baddbmm", "linear", "matmul", "mkldnn_linear"),
    "attention kernel": ("_scaled_dot_product", "scaled_dot_product"),
    "softmax": ("_softmax", "_log_softmax", "softmax"),
    "copies and casts": (
        "copy_",
        "_to_copy",
        "cat",
        "clone",
        "contiguous",
        "masked_scatter",
        "index",
        "fill_",
        "zero_",
    ),
    "elementwise": ("mul", "add", "sub", "div", "neg", "silu", "pow", "rsqrt", "mean", "sum", "exp", "sqrt", "where"),
    "optimizer": ("Optimizer.step",),
}
"""Group → how the names of its operators begin, after `aten::`."""


def group(name: str) -> str:
    """Of an operator."""
    short = name.removeprefix("aten::").removeprefix("mkldnn::")
    fits = (title for title, starts in GROUPS.items() if any(short.startswith(start) for start in starts))
    return next(fits, "the rest: Python, dispatch, other operators")


def main() -> None:
    method = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        trainer, _ = side.our_trainer(method, side.training_rows(side.STEPS), Path(folder))
        trainer.remove_callback(PrinterCallback)
        trainer.args.max_steps = 1
        trainer.train()  # the first step warms up
        trainer.args.max_steps = side.STEPS
        with profile(activities=[ProfilerActivity.CPU]) as recorded:
            trainer.train()
    spent: Counter[str] = Counter()
    for event in recorded.key_averages():
        spent[group(event.key)] += event.self_cpu_time_total
    total = sum(spent.values())
    print(json.dumps({title: time / total for title, time in spent.most_common()}))  # noqa: T201


if __name__ == "__main__":
    main()
