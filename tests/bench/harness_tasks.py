"""Small tasks of lm-evaluation-harness in a folder: their rows, their YAML."""

from __future__ import annotations

import json
from pathlib import Path

from tasks import data

ROWS = [r for r in data.rows("values", "test") if r["chosen"] and r["rejected"]][:20]
_MEAN = "\n".join(f"  - {{metric: {name}, aggregation: mean, higher_is_better: true}}" for name in ("acc", "acc_norm"))


def write(folder: Path) -> Path:
    """`choice` (two answers to a question), `spoken` (an answer in words) and `text` (perplexity), over rows of ours."""
    folder.mkdir()
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps({k: r[k] for k in ("prompt", "chosen", "rejected")}) + "\n" for r in ROWS))
    common = f"dataset_path: json\ndataset_kwargs: {{data_files: {{test: {rows}}}}}\ntest_split: test\n"
    (folder / "choice.yaml").write_text(
        f'task: choice\n{common}output_type: multiple_choice\ndoc_to_text: "{{{{prompt}}}}"\n'
        f'doc_to_choice: "{{{{[chosen, rejected]}}}}"\ndoc_to_target: 0\nmetadata: {{version: 2.0}}\nmetric_list:\n{_MEAN}\n'
    )
    (folder / "spoken.yaml").write_text(
        f'task: spoken\n{common}output_type: generate_until\ndoc_to_text: "{{{{prompt}}}}"\ndoc_to_target: "{{{{chosen}}}}"\n'
        "generation_kwargs: {until: [], max_gen_toks: 6, do_sample: false}\nmetric_list:\n"
        "  - {metric: exact_match, aggregation: mean, higher_is_better: true, ignore_case: true}\n"
        "  - {metric: bleu, aggregation: bleu, higher_is_better: true}\n"
    )
    (folder / "text.yaml").write_text(
        f'task: text\n{common}output_type: loglikelihood_rolling\ndoc_to_text: ""\ndoc_to_target: "{{{{chosen}}}}"\n'
        "metric_list:\n  - {metric: word_perplexity}\n  - {metric: bits_per_byte}\n"
    )
    return folder
