"""The URIs of things: those of the registries where a thing has one, else our own below a base."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

BASE: Final = "urn:papergraph:"
"""Of what no registry knows. To publish a graph, give a base of your own that resolves (``--base``)."""

_REGISTRIES: Final = {
    "ror": "https://ror.org/",
    "orcid": "https://orcid.org/",
    "wikidata": "http://www.wikidata.org/entity/",
    "doi": "https://doi.org/",
    "arxiv": "https://arxiv.org/abs/",
}
_PLAIN: Final = re.compile(r"[A-Za-z0-9]+:\S+")


@dataclass(frozen=True, slots=True)
class Names:
    """Makes URIs below one base. All that is not allowed in a URI is escaped."""

    base: str = BASE

    @property
    def vocabulary(self) -> str:
        """Namespace of our own properties and classes."""
        return f"{self.base}vocabulary:" if self.base == BASE else f"{self.base}vocabulary#"

    def entity(self, entity_id: str) -> str:
        """URI of an entity or paper from its id in the graph, such as ``ror:...`` or ``pg:method/...``."""
        registry, _, local = entity_id.partition(":")
        if registry in _REGISTRIES and _PLAIN.fullmatch(entity_id):
            return _REGISTRIES[registry] + quote(local, safe="/():;,")
        return self.own("entity", entity_id)

    def own(self, kind: str, key: str) -> str:
        """URI of our own for a thing of some kind."""
        separator = ":" if self.base == BASE else "/"
        return f"{self.base}{kind}{separator}{quote(key, safe='')}"

    def statement(self, subject_id: str, predicate: str, object_id: str, *, kind: str = "statement") -> str:
        """URI of a fact, or of what is published of it: the same fact has the same one in every graph."""
        digest = hashlib.sha256("\0".join((subject_id, predicate, object_id)).encode()).hexdigest()
        return self.own(kind, digest[:24])
