"""The field of a paper: that whose description is nearest to its title and its first lines, as sentence vectors.

Nothing is trained: the default encoder was made to tell what texts are about (Reimers and Gurevych 2019,
arXiv:1908.10084).
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from extractors.encoder import Encoder, inference_dtype, load_encoder
from extractors.memory import run_in_halves
from schemas.records import ParsedPaper

LEARNT_FIELD: Final = "computer science"
"""The field whose papers the entity and relation models have learnt from."""

FIELDS: Final[Mapping[str, Sequence[str]]] = MappingProxyType(
    {
        LEARNT_FIELD: (
            "natural language processing and computational linguistics",
            "machine learning and deep neural networks",
            "computer vision and image recognition",
            "speech recognition and speaker verification",
            "information retrieval and search engines",
            "databases and query processing",
            "computer systems, security and networks",
            "algorithms, complexity theory and formal verification",
            "software engineering and programming languages",
            "human-computer interaction",
            "graph neural networks and recommender systems",
            "robotics and reinforcement learning",
        ),
        "mathematics": (
            "mathematics: theorems and proofs in algebra, geometry and analysis",
            "statistics and probability theory",
        ),
        "physics": (
            "physics: quantum mechanics, particles and condensed matter",
            "astronomy and astrophysics: stars, galaxies and cosmology",
            "optics, lasers and accelerators",
            "materials science and semiconductor devices",
        ),
        "chemistry": ("chemistry: synthesis of molecules and catalysts",),
        "biology": (
            "molecular biology: genes, proteins and cells",
            "ecology, plants and animals",
            "neuroscience and the brain",
            "biochemistry and enzymes",
            "evolution and population genetics",
        ),
        "medicine": (
            "clinical medicine: patients, treatment and disease",
            "public health and epidemiology",
            "surgery, cancer and drug therapy",
            "exercise physiology and sports medicine",
        ),
        "earth science": ("earth science: climate, atmosphere, oceans and geology",),
        "engineering": ("electrical and mechanical engineering: circuits, power and control",),
        "social science": (
            "economics, sociology, law and political science",
            "psychology and education research",
        ),
    }
)
_N_CHARS: Final = 800  # more of the paper makes it no surer: introductions speak of many things
_LEAST_CHARS: Final = 150  # of a paragraph; shorter ones are bylines and keywords
_MAX_TOKENS: Final = 256
_BATCH: Final = 32


class FieldFinder:
    """The encoder with the vectors of the descriptions."""

    def __init__(self, encoder: Encoder, device: torch.device) -> None:
        self.device = device
        self.tokenizer = encoder.tokenizer
        model = cast("nn.Module", encoder.model)  # the type of its own ``to`` says nothing
        self.model = model.to(device=device, dtype=inference_dtype(device)).eval()
        self._fields = np.array([field for field, descriptions in FIELDS.items() for _ in descriptions])
        self._descriptions = self._encode([one for descriptions in FIELDS.values() for one in descriptions])

    @classmethod
    def load(cls, device: torch.device) -> "FieldFinder":
        """Load the default encoder, whatever the models of a run are made from."""
        return cls(load_encoder(), device)

    def find(self, papers: Sequence[ParsedPaper]) -> list[str]:
        """The field of each paper, one of ``FIELDS``; '' for a paper without a text."""
        openings = [opening_of(paper) for paper in papers]
        told = [opening for opening in openings if opening]
        nearest = iter(
            self._fields[(self._encode(told) @ self._descriptions.T).argmax(axis=1)].tolist() if told else ()
        )
        return [next(nearest) if opening else "" for opening in openings]

    def _encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors, shape (N, D)."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        found: list[NDArray[np.float32]] = []
        for low in range(0, len(order), _BATCH):
            found += run_in_halves(self._forward, [texts[i] for i in order[low : low + _BATCH]])
        return np.stack(found)[np.argsort(order)]

    def _forward(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        inputs = self.tokenizer(
            list(texts), padding=True, truncation=True, max_length=_MAX_TOKENS, return_tensors="pt"
        ).to(self.device)
        with torch.inference_mode():
            states = self.model(**inputs).last_hidden_state.float()
        mask = inputs["attention_mask"][:, :, None].float()
        means = (states * mask).sum(dim=1) / mask.sum(dim=1)
        return list(nn.functional.normalize(means, dim=1).cpu().numpy())


def opening_of(paper: ParsedPaper) -> str:
    """Title, and the beginning of the abstract, else of the first paragraph of some length."""
    blocks = [block for block in paper.blocks if block.end_char - block.start_char >= _LEAST_CHARS]
    abstract = [block for block in blocks if block.kind == "abstract"]
    paragraphs = [block for block in blocks if block.kind == "paragraph"]
    first = next(iter(abstract or paragraphs), None)
    said = paper.text[first.start_char : min(first.end_char, first.start_char + _N_CHARS)] if first else ""
    return ". ".join(filter(None, (paper.title, said or paper.text[:_N_CHARS].strip())))
