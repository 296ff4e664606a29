"""What is settled before libraries are imported."""

import os
import platform
import subprocess
import sys

import pytest

from flows.environment import _cpu_quotas, count_cores

# Threads that are all there at a time, each with a block of its own; then glibc's own account of its pools.
THREADS = """
import ctypes, sys, tempfile, threading
from flows.environment import quieten_libraries
quieten_libraries()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.fopen.restype = ctypes.c_void_p, ctypes.c_void_p
everyone = threading.Barrier(40)
threads = [threading.Thread(target=lambda: (libc.malloc(100_000), everyone.wait())) for _ in range(40)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
file = tempfile.NamedTemporaryFile()
out = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
libc.malloc_info(0, out)
libc.fclose(out)
print(file.read().decode().count("<heap nr="))
"""


@pytest.mark.parametrize(
    ("own", "files", "quotas"),
    [
        ("0::/\n", {"cpu.max": "150000 100000"}, [1.5]),
        ("0::/\n", {"cpu.max": "max 100000"}, []),
        ("0::/a/b\n", {"a/cpu.max": "300000 100000", "a/b/cpu.max": "max 100000"}, [3.0]),
        ("5:cpu,cpuacct:/docker/x\n", {"cpu,cpuacct/cpu.cfs_quota_us": "50000"}, [0.5]),
        ("5:cpu,cpuacct:/a\n", {"cpu,cpuacct/a/cpu.cfs_quota_us": "-1"}, []),
        ("3:memory:/a\n0::/a\n", {}, []),
    ],
)
def test_a_share_of_a_machine_is_found_out(tmp_path, own, files, quotas):
    (tmp_path / "own").write_text(own)
    for name, content in files.items():
        file = tmp_path / "groups" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
        file.with_name("cpu.cfs_period_us").write_text("100000")
    assert list(_cpu_quotas(tmp_path / "groups", tmp_path / "own")) == quotas
    assert 1 <= count_cores() <= len(os.sched_getaffinity(0))


def count_pools(**given):
    environment = {k: v for k, v in os.environ.items() if k != "MALLOC_ARENA_MAX"} | given
    done = subprocess.run([sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, check=True)
    return int(done.stdout)


@pytest.mark.skipif(not sys.platform.startswith("linux") or "glibc" not in platform.libc_ver(), reason="needs glibc")
def test_threads_share_pools_of_memory():
    cores = len(os.sched_getaffinity(0))
    assert count_pools() <= cores
    assert count_pools(MALLOC_ARENA_MAX=str(cores + 3)) == cores + 3  # what the user has set counts
