"""Settings of each architecture that do well on a corpus of some hundred abstracts."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from extractors.training.batches import BatchSettings
from extractors.training.ner import NerSettings
from extractors.training.steps import LoopSettings

_ENCODER: Final = NerSettings(
    batches=BatchSettings(batch_tokens=512),
    loop=LoopSettings(epochs=7, encoder_lr=3e-4, head_lr=1e-3, ema_decay=0.99),
)
_SCRATCH: Final = NerSettings(
    freeze_words=False,
    batches=BatchSettings(batch_tokens=512, mask_words=0.1, mask_mentions=0.1),
    loop=LoopSettings(epochs=30, encoder_lr=3e-3, head_lr=3e-3, ema_decay=0.99),
)
PRESETS: Final[Mapping[str, NerSettings]] = MappingProxyType(
    {
        "bert": replace(_ENCODER, architecture="bert"),
        "bert-crf": replace(_ENCODER, architecture="bert-crf"),
        "span": replace(_ENCODER, architecture="span"),
        # One encoding per type: a batch is as many times larger as there are types.
        "mrc": replace(
            _ENCODER,
            architecture="mrc",
            batches=BatchSettings(batch_tokens=256),
            loop=replace(_ENCODER.loop, epochs=3),
        ),
        "bilstm": replace(_SCRATCH, architecture="bilstm"),
        "bilstm-crf": replace(_SCRATCH, architecture="bilstm-crf"),
        # Whole sections at once.
        "reformer": replace(
            _SCRATCH,
            architecture="reformer",
            batches=replace(_SCRATCH.batches, max_tokens=2048, batch_tokens=2048),
            loop=replace(_SCRATCH.loop, epochs=20, encoder_lr=1e-3, head_lr=1e-3),
        ),
    }
)
