"""The architectures by name: what each one is built of."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from extractors.encoder import Encoder, word_embeddings
from extractors.ner.model import TokenClassifier
from extractors.ner.mrc import MachineReader, tokenize_queries
from extractors.ner.networks import SpanNetwork, TagNetwork
from extractors.ner.readers import Reader, SubwordReader, WordReader
from extractors.ner.scratch import BiLstm, Reformer
from extractors.ner.span import SpanClassifier
from extractors.ner.tags import TagScheme
from schemas.errors import ConfigError


@dataclass(frozen=True, slots=True)
class Plan:
    """What a network is built for.

    Attributes:
        types: Entity types.
        scheme: Name of the tag scheme.
        reader: Makes the input.
        max_tokens: Longest window.
        max_width: Words of the longest mention, for span models.
        dropout: Before the output layer.
    """

    types: Sequence[str]
    scheme: str
    reader: Reader
    max_tokens: int
    max_width: int
    dropout: float


@dataclass(frozen=True, slots=True)
class Architecture:
    """A network with what it needs.

    Attributes:
        about: One line for the table of architectures.
        pretrained: It goes on from an encoder; others start from scratch.
        reads_words: It reads words and letters rather than sub-words.
        build: Makes the network with fresh weights.
    """

    about: str
    build: Callable[[Plan], TagNetwork | SpanNetwork]
    pretrained: bool = True
    reads_words: bool = False


def _encoder(plan: Plan) -> Encoder:
    if not isinstance(plan.reader, SubwordReader):
        raise ConfigError("this architecture reads the sub-words of an encoder")
    return plan.reader.encoder


def _token_classifier(plan: Plan, *, crf: bool) -> TokenClassifier:
    encoder = _encoder(plan)
    return TokenClassifier(encoder.model, encoder.width, _scheme(plan), crf=crf, dropout=plan.dropout)


def _bilstm(plan: Plan, *, crf: bool) -> TokenClassifier:
    if not isinstance(plan.reader, WordReader):
        raise ConfigError("a BiLSTM reads words")
    body = BiLstm(2 + len(plan.reader.words), 2 + len(plan.reader.letters))
    return TokenClassifier(body, 2 * body.lstm.hidden_size, _scheme(plan), crf=crf, dropout=0.0)


def _reformer(plan: Plan) -> TokenClassifier:
    body = Reformer(len(_encoder(plan).tokenizer), max_tokens=plan.max_tokens)
    return TokenClassifier(body, 2 * body.config.hidden_size, _scheme(plan), dropout=plan.dropout)


def _mrc(plan: Plan) -> MachineReader:
    encoder = _encoder(plan)
    queries = tokenize_queries(plan.types, encoder.tokenizer)
    return MachineReader(encoder.model, encoder.width, queries, max_width=plan.max_width, dropout=plan.dropout)


def _span(plan: Plan) -> SpanClassifier:
    encoder = _encoder(plan)
    return SpanClassifier(encoder.model, encoder.width, len(plan.types), max_width=plan.max_width, dropout=plan.dropout)


def _scheme(plan: Plan) -> TagScheme:
    return TagScheme.named(plan.scheme, len(plan.types))


ARCHITECTURES: Final[Mapping[str, Architecture]] = MappingProxyType(
    {
        "bert": Architecture("encoder, softmax over tags", lambda plan: _token_classifier(plan, crf=False)),
        "bert-crf": Architecture("encoder, linear-chain CRF", lambda plan: _token_classifier(plan, crf=True)),
        "span": Architecture("encoder, classifier of spans", _span),
        "mrc": Architecture("encoder reads a query per type; start, end, match", _mrc),
        "bilstm": Architecture(
            "BiLSTM over words and letters, softmax",
            lambda plan: _bilstm(plan, crf=False),
            pretrained=False,
            reads_words=True,
        ),
        "bilstm-crf": Architecture(
            "BiLSTM over words and letters, CRF",
            lambda plan: _bilstm(plan, crf=True),
            pretrained=False,
            reads_words=True,
        ),
        "reformer": Architecture("Reformer with LSH attention, softmax", _reformer, pretrained=False),
    }
)


def find_architecture(name: str) -> Architecture:
    """The architecture of a name.

    Raises:
        ConfigError: There is none.
    """
    if name not in ARCHITECTURES:
        raise ConfigError(f"unknown architecture {name!r}; known: {', '.join(ARCHITECTURES)}")
    return ARCHITECTURES[name]


def build_network(name: str, plan: Plan, *, freeze_words: bool) -> TagNetwork | SpanNetwork:
    """An architecture with fresh weights, save those of the encoder.

    Args:
        name: Of the architecture.
        plan: What it is for.
        freeze_words: Leave the word vectors of an encoder as they are: words that are rare in training keep their
            place among the others, and the weights that are stored are half as large.

    Raises:
        ConfigError: There is no such architecture.
    """
    architecture = find_architecture(name)
    network = architecture.build(plan)
    if architecture.pretrained and freeze_words:
        word_embeddings(_encoder(plan).model).weight.requires_grad_(False)
    return network
