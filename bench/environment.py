"""The variables that libraries read when they are imported: set before anything imports them."""

from __future__ import annotations

from collections.abc import Mapping

_ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "RAGAS_DO_NOT_TRACK": "true",
    "TRL_EXPERIMENTAL_SILENCE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "TQDM_DISABLE": "1",  # lm-eval draws bars of its own into our progress view
    "THP_MEM_ALLOC_ENABLE": "1",  # huge pages for torch's CPU memory: a third of the page faults
}

_GPUS = "CUDA_VISIBLE_DEVICES"


def needed(given: Mapping[str, str]) -> dict[str, str]:
    """The variables to set beside those that are `given`.

    Of several GPUs the first: transformers would spread a batch over all that it sees (`nn.DataParallel`), which TRL refuses.
    Not where a launcher has started several processes, each of which picks its own.
    """
    found = {name: value for name, value in _ENVIRONMENT.items() if name not in given}
    if "WORLD_SIZE" not in given and (_GPUS not in given or "," in given[_GPUS]):
        found[_GPUS] = given.get(_GPUS, "0").partition(",")[0]
    return found
