"""The machine that something was measured on, as far as it decides how fast that is."""

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

import psutil
import torch

from flows.environment import count_cores

FLAGS: Final = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
PACKAGES: Final = (
    *("papergraph", "torch", "transformers", "openvino", "pymupdf", "duckdb", "faiss-cpu", "faiss-gpu"),
    *("sentence-transformers", "rapidfuzz", "prefect", "pypdf", "pdfminer.six", "pdfplumber"),
)


def describe_machine() -> dict[str, str]:
    """Processor, cores, memory, GPU and versions, by what they are; GB are 10^9 bytes."""
    model, flags = _read_processor()
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    return {
        "processor": model,
        "processor's fast formats": ", ".join(flag for flag in FLAGS if flag in flags) or "none known",
        "cores": f"{count_cores()} for this process, {psutil.cpu_count()} in the machine",
        "threads of torch": str(torch.get_num_threads()),
        "memory": f"{psutil.virtual_memory().total / 1e9:.0f} GB",
        "GPU": _describe_gpu(),
        "system": f"{platform.system()} {platform.release()}, Python {platform.python_version()}",
        "versions": ", ".join(f"{name} {found}" for name in PACKAGES if (found := _version(name))),
        "load before": f"{load} (average of a minute; the figures are right on a machine that is free)",
    }


def _read_processor() -> tuple[str, set[str]]:
    """Its name and what it can do, as Linux tells it; elsewhere what Python knows."""
    table = Path("/proc/cpuinfo")
    lines = table.read_text(encoding="utf-8").splitlines() if table.is_file() else []
    halves = (line.partition(":") for line in reversed(lines))  # of the first core, which comes last
    facts = {name.strip(): value.strip() for name, _, value in halves}
    name = facts.get("model name") or platform.processor() or platform.machine()
    return name, set((facts.get("flags") or facts.get("Features") or "").split())


def _describe_gpu() -> str:
    if not torch.cuda.is_available():
        return "none"
    count, facts = torch.cuda.device_count(), torch.cuda.get_device_properties(0)
    return f"{count} x {facts.name}, {facts.total_memory / 1e9:.0f} GB"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
