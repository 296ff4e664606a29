"""Batches side by side: their order is kept, none sees gradients, and torch has its threads again afterwards."""

import sys
import threading
import time
from contextlib import ExitStack

import pytest
import torch
from torch import nn

from extractors.parallel import batch_pool, limit_batch_tokens, run_batches, submit_batches

CPU = torch.device("cpu")


@pytest.fixture(params=[1, 3])
def n_threads(request):
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def test_results_keep_their_order(n_threads):
    seen = set()

    def run(batch):
        seen.add(threading.get_ident())
        assert torch.is_inference_mode_enabled()
        return torch.tensor(batch) * 2, torch.get_num_threads()

    found = run_batches(run, list(range(20)), CPU)
    assert [int(result) for result, _ in found] == list(range(0, 40, 2))
    assert {threads for _, threads in found} == {1}
    assert len(seen) <= n_threads
    assert sys.getswitchinterval() == pytest.approx(0.005)
    assert torch.get_num_threads() == n_threads


def test_a_library_with_threads_of_its_own_has_the_next_batch_waiting(n_threads):
    model = nn.Module()
    model.encoder = nn.Module()
    model.encoder.has_own_threads = True
    all_there = threading.Barrier(2 * n_threads)
    assert run_batches(lambda batch: all_there.wait(30) >= 0 and batch, list(range(2 * n_threads)), CPU, model)
    assert torch.get_num_threads() == n_threads


def test_an_error_of_a_batch_comes_out(n_threads):
    def run(batch):
        if batch == 2:
            raise ValueError("no")
        return batch

    with pytest.raises(ValueError, match="no"):
        run_batches(run, [1, 2, 3], CPU)
    assert torch.get_num_threads() == n_threads
    assert run_batches(run, [], CPU) == []


def test_more_batches_can_follow_before_the_first_are_done(n_threads):
    go_on = threading.Event()
    with batch_pool(CPU) as pool:
        first = submit_batches(pool, lambda batch: go_on.wait(30) and batch, [1])
        second = submit_batches(pool, lambda batch: batch, [2, 3])
        go_on.set()
        assert [*first, *second] == [1, 2, 3]
    assert torch.get_num_threads() == n_threads


def test_python_has_its_own_pace_again_after_the_last_of_several_pools():
    with ExitStack() as first, ExitStack() as second:
        first.enter_context(batch_pool(CPU))
        second.enter_context(batch_pool(CPU))
        first.close()
        assert sys.getswitchinterval() < 0.001
    assert sys.getswitchinterval() == pytest.approx(0.005)


def test_what_waits_is_given_up_after_an_error(n_threads):
    seen = []

    def run(batch):
        seen.append(batch)
        time.sleep(0.05)

    def fail():
        with batch_pool(CPU) as pool:
            submit_batches(pool, run, range(100))
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert len(seen) < 100
    assert torch.get_num_threads() == n_threads


def test_batches_are_small_on_a_cpu():
    assert limit_batch_tokens(4096, CPU) < 4096 == limit_batch_tokens(4096, torch.device("cuda"))
    assert limit_batch_tokens(100, CPU) == 100
