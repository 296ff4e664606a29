"""All that one call of ``papergraph bench`` measured."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flows.bench.pipeline import PipelineRun
from flows.bench.timing import Comparison


@dataclass(slots=True)
class Results:
    """What was measured, on what, and how.

    Attributes:
        machine: What it was measured on.
        settings: Of the call.
        comparisons: By stage.
        latency: Seconds of single papers, by stage.
        runs: Of the whole pipeline.
    """

    machine: Mapping[str, str]
    settings: Mapping[str, Any]
    comparisons: list[Comparison] = field(default_factory=list)
    latency: dict[str, list[float]] = field(default_factory=dict)
    runs: list[PipelineRun] = field(default_factory=list)
