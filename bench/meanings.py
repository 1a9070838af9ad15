"""What the checks before training and the signs in a finished run mean: one text a code, for report, terminal and docs.

docs/signatures.md holds the same as tables (`python -m tests.signatures_table` writes them; a test compares).
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bench.types import Check, Meaning, Signature

OWN = "our own"

CHECKS = {
    "first_loss": Meaning(
        "loss and rewards of the first step",
        "DPO does not start at its reference: another reference, an adapter that is not fresh, or dropout in one of the two "
        "passes; SFT: labels all masked or a broken model",
        "check that --model names the weights as they are meant; leave --model out to see whether the embedded model passes",
        "DPO: loss more than 0.02 from ln 2, or a reward above 0.02 in size; SFT: loss 0 or not finite",
        "ln 2 = −log σ(0) is DPO's loss where policy and reference agree (arXiv:2305.18290, equation 7); 0.02 is our own: "
        "rounding moved it by less than 0.002 in bfloat16",
    ),
    "adapter_learns": Meaning(
        "LoRA's B after one real step at the method's own learning rate",
        "the optimizer does not reach the adapter: frozen weights, a wrong parameter list, or no gradient",
        "give --model a causal language model with plain linear layers",
        "any B that is still 0 after the step",
        "B starts at 0 (arXiv:2106.09685, section 4.1), so any update shows",
    ),
    "adapter_moves": Meaning(
        "logits with B moved away from 0, and with B at 0 again",
        "the adapter is not in the computation, so tuned would equal base; or taking it off does not bring the base back",
        "give --model a causal language model with plain linear layers",
        "no logit differs with B moved, or one differs with B at 0",
        "B = 0 makes the adapter nothing (arXiv:2106.09685, section 4.1); equality is exact",
    ),
    "base_kept": Meaning(
        "logits with the adapter switched off against those before there was one",
        "the base weights changed, so references and the drift from base would be measured against another model",
        "start again with --model naming an untouched folder",
        "any difference",
        "the base weights are frozen (arXiv:2106.09685); equality is exact",
    ),
    "labels": Meaning(
        "which tokens of each collated row are trained on",
        "the loss would see nothing, or something else than the answer",
        "check the chat template of --model: prompt and answer must part where the assistant's turn begins",
        "any row whose labelled tokens are not exactly its answer's",
        "completion-only loss as TRL defines it (SFTConfig.completion_only_loss; DPO's completion_mask)",
    ),
    "end_of_turn": Meaning(
        "whether the labelled tokens hold a token that ends generation",
        "the end of an answer is never taught, so tuned models run on to the limit",
        "choose an instruct --model whose template closes the assistant's turn with a token of its generation config",
        "any row without one",
        f"{OWN}: exact",
    ),
    "one_bos": Meaning(
        "beginning-of-sequence tokens at the start of a row and of an answer",
        "the template writes one and the tokenizer adds another, or there is none where plain text gets one",
        "set add_bos_token to false in the tokenizer_config.json of --model, or mend its chat template",
        "two at the start or one before an answer fail; none where the tokenizer adds one to plain text warns",
        f"{OWN}: exact",
    ),
    "rendering": Meaning(
        "token ids of the prompt in the trainer's rows and in the evaluation",
        "the model would be trained on another prompt than it is asked with",
        "check the chat template of --model: the prompt must be rendered alike with and without the answer",
        "another prompt fails; a generation prompt that goes on beyond the trained one warns (TRL leaves that end out)",
        f"{OWN}: exact",
    ),
    "truncation": Meaning(
        "the longest rows as the trainer collates them",
        "a cut answer teaches to stop in the middle, and a cut pair prefers by what was cut",
        "shorten the rows, or report it: rows that do not fit are meant to be left out and counted",
        "any row lost or cut",
        f"{OWN}: exact",
    ),
    "reference": Meaning(
        "the trainer's cached reference log-probabilities against those with the adapter off",
        "DPO would measure against another model than the one it starts from",
        "delete the run folder and start again; give --model an untouched folder",
        "more than 0.2 nats an answer (0.02 of a reward at β = 0.1) and more than 1 % of it",
        f"{OWN}: as far as first_loss allows; the per cent leaves room for rounding over long answers",
    ),
    "scoring": Meaning(
        "log-probabilities as every evaluation takes them, beside those of plain passes, of the longest rows' answers",
        "the evaluation measures something else than this model: an architecture that our scoring does not know",
        "give --model another architecture, and report it",
        "more than 0.2 nats an answer and more than 1 % of it; in bfloat16 also more than 0.1 nats a token",
        f"{OWN}: as reference; in bfloat16 two passes of the embedded model round apart by up to 0.05 nats a token, and an "
        "answer that sees another one moves by 0.19 or more",
    ),
}
"""Code → meaning, in the order in which they are made."""

_LESS = "train less, as bench run --budget with half of it"
_MORE = "train longer, as bench run --budget with twice as much"
_SFT_FIRST = "bench run --methods sft,dpo,sft_dpo"

SIGNATURES = {
    "start": Meaning(
        "the first logged DPO loss of a trial",
        "the reference is not the model that DPO started from",
        "delete the run and start again; see the checks before training",
        "more than 0.02 from ln 2",
        "arXiv:2305.18290, equation 7; 0.02 as in the check first_loss",
    ),
    "zero_loss": Meaning(
        "logged losses that are exactly 0 or not finite",
        "no token is trained on, or the numbers overflowed; TRL logs 0 for a step whose labels are all masked",
        "see the check labels; --model in float32 weights where the numbers overflow",
        "any such step warns; all of them fail",
        f"{OWN}: a mean over tokens of −log p is never exactly 0 here",
    ),
    "stuck": Meaning(
        "DPO's loss over the second half of its steps",
        "too few steps or too low a rate for these pairs, or pairs whose sides carry no consistent difference",
        f"{_MORE}; advise DATA says whether sides are swapped or near copies",
        "mean within 0.02 of ln 2",
        f"{OWN}: the 0.02 of first_loss; less is a mean margin of the rewards below 0.04",
    ),
    "loss_rises": Meaning(
        "loss of the last steps against the first",
        "training diverges: the rate is too high for this model or adapter",
        _LESS,
        "SFT: the last quarter of steps above 1.1 × the first; DPO: the second half more than 0.02 above ln 2; both over 8 "
        "steps or more",
        f"{OWN}: batches of unlike rows differ, so a tenth is left to them",
    ),
    "displacement": Meaning(
        "rewards of chosen and rejected over the last quarter of DPO's steps",
        "the margin grows because the rejected side falls faster, while the chosen one falls too; harmless as long as answers "
        "stay sound, which the other signs say",
        f"{_LESS}; {_SFT_FIRST}; TRL: loss_type=['sigmoid', 'sft']",
        "margin above 0 and both rewards below −0.1 (one nat an answer at β = 0.1); it fails where no_end, loops or one_answer "
        "warn for the same trial",
        f"arXiv:2402.13228 and arXiv:2410.08847 describe it; the nat is {OWN}",
    ),
    "separable": Meaning(
        "reward accuracy over the first 64 pairs, and answers that stayed the base model's",
        "the pairs differ by something trivial, which DPO learns without touching what is generated",
        "advise DATA names shortcuts between the sides; make the rejected side with this --model",
        "accuracy at 0.99 or more over the first 64 pairs after step 1, and 0.9 or more of the answers the base model's own",
        f"{OWN}: one pair in a hundred; 64 pairs because a batch of four knows only five values",
    ),
    "memorised": Meaning(
        "reward accuracy in training and on held-out pairs, against the same reference",
        "the pairs were learned by heart, or training and held-out pairs differ in kind",
        f"{_LESS}; more pairs",
        "0.9 or more over the last 64 pairs trained on, below 0.6 on 20 or more held-out ones",
        f"{OWN}: 0.6 of 20 is not told apart from chance",
    ),
    "longer": Meaning(
        "median words of an answer against the base model's and the gold answers'",
        "answers grow beyond both: length learned as quality, or endings forgotten",
        f"{_LESS}; advise DATA says how often the chosen side is the longer one",
        "above 1.25 × both, over 10 items or more",
        f"length bias of DPO: arXiv:2403.19159; the quarter is {OWN}",
    ),
    "shorter": Meaning(
        "median words of an answer against the base model's and the gold answers'",
        "answers vanish: the model falls silent",
        f"{_LESS}; {_SFT_FIRST}",
        "below 0.75 × both, over 10 items or more",
        f"{OWN}: the quarter of `longer`",
    ),
    "no_end": Meaning(
        "answers that run into the limit of new tokens",
        "the end of a turn was unlearned or never taught",
        f"see the check end_of_turn; {_LESS}",
        "5 points and 3 items more than the base model",
        f"{OWN}: three items, so that one or two do not speak",
    ),
    "loops": Meaning(
        "answers of which half or more of the 4-grams repeat (tasks.text.loops)",
        "degeneration: the model repeats itself",
        f"{_LESS}; {_SFT_FIRST}",
        "5 points and 3 items more than the base model",
        "repeated n-grams: seq-rep-4 of arXiv:1908.04319; half is our own: docs/decisions/coherence.md; distinct-2 beside it: "
        "arXiv:1510.03055",
    ),
    "one_answer": Meaning(
        "share of the most frequent answer over different questions",
        "collapse to one answer, whatever is asked",
        f"{_LESS}; check that the file does not answer most questions alike",
        "20 points above the gold answers' share and above the base model's, over 10 questions or more",
        f"{OWN}: gold answers may themselves repeat (abstentions do)",
    ),
    "equal_to_base": Meaning(
        "answers and log-likelihoods against the base model's",
        "the adapter was not loaded, or nothing was trained",
        "report it; see the checks adapter_learns and adapter_moves",
        "all answers the same and no log-likelihood off by more than 10⁻⁶ nats",
        f"{OWN}: exact but for rounding",
    ),
    "answers_unmoved": Meaning(
        "greedy answers against the base model's",
        "likelihoods moved, but not enough to change what the model says: the budget is short of a visible effect",
        _MORE,
        "0.95 or more of 10 or more answers the base model's own",
        f"{OWN}: one in twenty",
    ),
    "shortcut": Meaning(
        "a rule that reads only length, first word or language, learned on the training pairs, on held-out pairs",
        "the rule alone tells chosen from rejected as well as DPO does, so its accuracy shows no more than that rule",
        "balance the sides by that feature; advise DATA shows the shares; read the generated answers instead",
        "the rule that was best on training pairs reaches 0.6 there and, on 20 held-out pairs or more, 0.6 and the arm's own "
        "accuracy",
        f"partial-input baselines: arXiv:1803.02324; 0.6 is {OWN}, above chance on 20 pairs",
    ),
    "not_coherent": Meaning(
        "answers on values that are loops and therefore count as wrong",
        "a stance found in incoherent text says nothing about values; these items scored wrong",
        f"{_LESS}; {_SFT_FIRST}",
        "any such answer is told; it warns from a tenth of the items on",
        f"seq-rep-4 of arXiv:1908.04319 at one half (docs/decisions/coherence.md); the tenth is {OWN}",
    ),
}
"""Code → meaning, in the order in which they are looked for."""


def of_check(check: Check) -> dict[str, Any]:
    """A check with its meaning, as result.json holds it."""
    return {**asdict(check), **_json(CHECKS[check.code])}


def of_signature(found: Signature) -> dict[str, Any]:
    """A sign with its meaning, as result.json holds it."""
    return {**asdict(found), **_json(SIGNATURES[found.code])}


def _json(meaning: Meaning) -> dict[str, str]:
    return {name.replace("tries", "try"): text for name, text in asdict(meaning).items()}
