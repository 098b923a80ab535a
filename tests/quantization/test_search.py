from itertools import product

import numpy as np
import pytest
from networks import small_graph

pytest.importorskip("scipy")

from ossicle.errors import OssicleError
from ossicle.quantization.search import INTEGERS, Candidate, candidate_precisions, choose, front


def random_options(seed):
    rng = np.random.default_rng(seed)
    return [
        Candidate(
            node, precision, int(rng.integers(10, 99)), float(rng.uniform(1, 9)), rng.uniform(0, 1) ** 4
        )
        for node in "abcd"
        for precision in ("fp16", *INTEGERS)
    ]


def every_assignment(found):
    names = sorted({candidate.node for candidate in found})
    return list(product(*([candidate for candidate in found if candidate.node == name] for name in names)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("budgets", [{}, {"max_bytes": 180}, {"max_bytes": 200, "max_cycles": 18.0}])
def test_the_choice_is_the_best_of_all_that_fit(seed, budgets):
    found = random_options(seed)
    fitting = [
        sum(candidate.output_error for candidate in picked)
        for picked in every_assignment(found)
        if sum(candidate.bytes for candidate in picked) <= budgets.get("max_bytes", np.inf)
        and sum(candidate.cycles for candidate in picked) <= budgets.get("max_cycles", np.inf)
    ]
    if not fitting:
        with pytest.raises(OssicleError):
            choose(found, **budgets)
        return
    best = choose(found, **budgets)
    assert best.output_error == pytest.approx(min(fitting), abs=1e-6)
    assert best.bytes <= budgets.get("max_bytes", np.inf) and best.cycles <= budgets.get("max_cycles", np.inf)


def test_a_budget_that_cannot_be_met_is_refused_with_the_least_that_can():
    found = random_options(0)
    least = min(sum(candidate.bytes for candidate in picked) for picked in every_assignment(found))
    with pytest.raises(
        OssicleError, match=rf"no precisions fit {least - 1} bytes: the least is {least} with a "
    ):
        choose(found, max_bytes=least - 1)
    assert choose(found, max_bytes=least).bytes == least


def test_the_front_falls_from_the_smallest_to_the_least_loss():
    assignments = front(random_options(1))
    sizes, losses = [a.bytes for a in assignments], [a.output_error for a in assignments]
    assert sizes == sorted(set(sizes)) and losses == sorted(losses, reverse=True)
    assert losses[-1] == choose(random_options(1)).output_error


def test_a_recurrent_node_has_every_pair_of_integers_to_choose_from():
    dense, recurrent = (candidate_precisions(node) for node in small_graph("gru").nodes[:2])
    assert dense == ["fp16", "w8a8", "w8a16", "w4a16"]
    assert len(set(recurrent)) == 10 and {"fp16", "w4a16", "w4a16+w8a8"} <= set(recurrent)
