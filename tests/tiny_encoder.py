"""A random encoder of width 16 with a word-list tokenizer, for tests in which the weights do not matter."""

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

SPECIALS = ["[PAD]", "[unused1]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def write_tiny_encoder(folder: Path, words: Iterable[str] = (), seed: int = 0) -> Path:
    """Write config, weights and tokenizer; words that are not in the list fall into letters."""
    letters = [chr(code) for code in range(33, 127) if not chr(code).isupper()]
    vocabulary = [*SPECIALS, *letters, *(f"##{letter}" for letter in letters)]
    vocabulary += [word for word in dict.fromkeys(word.lower() for word in words) if word not in vocabulary]
    model = WordPiece({word: index for index, word in enumerate(vocabulary)}, **{"unk_token": "[UNK]"})
    tokenizer = Tokenizer(model)
    tokenizer.normalizer = BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = BertPreTokenizer()
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        **{f"{name.lower()}_token": f"[{name}]" for name in ("PAD", "UNK", "CLS", "SEP", "MASK")},
    ).save_pretrained(folder)
    torch.manual_seed(seed)
    config = BertConfig(
        vocab_size=len(vocabulary),
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=32,
        max_position_embeddings=128,
    )
    BertModel(config, add_pooling_layer=False).save_pretrained(folder)
    return folder
