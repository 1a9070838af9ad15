"""Coverage of 95 % intervals, false alarms and power over a grid of seed noise: prints the table of docs/validity.md.

python -m tests.coverage_grid
"""

from __future__ import annotations

from tests.bench import test_compare as simulation
from tests.bench.test_compare import BINARY, CLUSTERS, INDEX, SEEDS, Arm

NOISE = (0.0, 0.15, 0.3, 0.6, 1.2)
"""Standard deviation of a seed over everything, in logits."""


def main() -> None:
    print("| figure | items | seed noise | coverage | against the untrained | false alarms | power at the MDE |")  # noqa: T201
    print("|---|---|---|---|---|---|---|")  # noqa: T201
    for name, kind in (("share", BINARY), ("harmonic mean", INDEX)):
        for clusters in CLUSTERS:
            for noise in NOISE:
                better, worse, equal = (Arm(logit, n, SEEDS, noise) for logit, n in ((0.8, 1), (0.0, 2), (0.4, 1)))
                found = simulation.simulate(kind, clusters, better, worse)
                untrained = simulation.simulate(kind, clusters, better, Arm(0.0, 2, 1))
                null = simulation.simulate(kind, clusters, equal, equal)
                power = simulation.simulate(kind, clusters, worse, Arm(0.0, 3, SEEDS, noise)).power
                figures = (found.coverage, untrained.coverage, null.significant, power)
                cells = [name, str(2 * clusters), f"{noise:g}", *(f"{100 * share:.1f} %" for share in figures)]
                print(f"| {' | '.join(cells)} |", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
