"""Arrays of lists: the fast ways to sort and to number give what the plain ones do."""

import numpy as np
import pytest

from linking.ragged import number_distinct, stable_order, top_n


@pytest.mark.parametrize("size", [0, 1, 5, 3000])
def test_the_best_of_each_group_are_those_of_a_plain_sort(size):
    rng = np.random.default_rng(size)
    group = np.sort(rng.integers(0, 9, size)) * 2
    score = rng.integers(0, 500, size) / 100
    expected = [
        place
        for number in np.unique(group)
        for place in sorted(np.flatnonzero(group == number).tolist(), key=lambda i: -score[i])[:40]
    ]
    assert top_n(group, score, 40).tolist() == expected


@pytest.mark.parametrize("largest", [20, 1 << 40, (1 << 62) - 1])
def test_keys_are_numbered_as_numpy_does(largest):
    keys = np.random.default_rng(0).integers(0, largest, 200)
    keys = np.concatenate([keys, keys[:50], [largest]])
    values, number = np.unique(keys, return_inverse=True)
    assert stable_order(keys).tolist() == np.argsort(keys, kind="stable").tolist()
    assert [column.tolist() for column in number_distinct(keys)] == [values.tolist(), number.tolist()]


def test_no_keys_have_no_numbers():
    none = np.zeros(0, np.int64)
    assert [column.tolist() for column in number_distinct(none)] == [[], []]
