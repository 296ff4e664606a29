"""A linear-chain conditional random field over tags (Lafferty et al. 2001; with neural scores: arXiv:1603.01360)."""

import numpy as np
import torch
from torch import Tensor, nn

from extractors.ner.tags import TagScheme

_FORBIDDEN = -1e4  # finite, so that no gradient is NaN


class LinearChainCrf(nn.Module):
    """Learned scores of tag b after tag a, besides what the scheme forbids.

    A window may begin and end in the middle of a mention, so its first and last tags are free.
    """

    forbidden: Tensor

    def __init__(self, scheme: TagScheme) -> None:
        super().__init__()
        self.transitions = nn.Parameter(torch.zeros(scheme.n_tags, scheme.n_tags))
        forbidden = torch.from_numpy(np.where(scheme.transitions(), 0.0, _FORBIDDEN).astype(np.float32))
        self.register_buffer("forbidden", forbidden, persistent=False)

    def scores(self) -> Tensor:
        """Shape (K, K), float32: score of tag b after tag a."""
        return self.transitions.float() + self.forbidden

    def loss(self, emissions: Tensor, allowed: Tensor, mask: Tensor) -> Tensor:
        """Marginal likelihood of partial labels: mean -log probability of all tag sequences that are allowed.

        Args:
            emissions: Shape (B, W, K), scores of the words' tags.
            allowed: Shape (B, W, K), bool; at least one allowed sequence per row must be valid.
            mask: Shape (B, W), bool, False for padding.

        Returns:
            The mean over the words of which something is known.
        """
        emissions = emissions.float()
        limited = emissions.masked_fill(~allowed, _FORBIDDEN)
        both = self.log_partition(torch.cat([emissions, limited]), torch.cat([mask, mask]))
        everything, right = both.chunk(2)
        n_known = (mask & ~allowed.all(dim=-1)).sum()
        return (everything - right).sum() / n_known.clamp(min=1)

    def log_partition(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Shape (B,): log of the summed exponential scores of all tag sequences of each row."""
        return torch.logsumexp(self._forward(emissions.float(), mask)[-1], dim=-1)

    def log_marginals(self, emissions: Tensor, mask: Tensor) -> Tensor:
        """Shape (B, W, K): log probability of each tag of each word, given all words (forward-backward)."""
        emissions = emissions.float()
        forward = torch.stack(self._forward(emissions, mask), dim=1)  # (B, W, K)
        transitions = self.scores()
        after = torch.zeros_like(emissions[:, 0])
        backward = [after]
        for t in range(emissions.shape[1] - 1, 0, -1):
            paths = transitions + (emissions[:, t] + after)[:, None, :]  # (B, K before, K after)
            after = torch.where(mask[:, t, None], torch.logsumexp(paths, dim=-1), after)
            backward.append(after)
        return torch.log_softmax(forward + torch.stack(backward[::-1], dim=1), dim=-1)

    def _forward(self, emissions: Tensor, mask: Tensor) -> list[Tensor]:
        """W tensors of shape (B, K): log-summed scores of all sequences up to a word that end in a tag."""
        transitions = self.scores()
        alphas = [emissions[:, 0]]
        for t in range(1, emissions.shape[1]):
            paths = alphas[-1][:, :, None] + transitions  # (B, K before, K after)
            following = torch.logsumexp(paths, dim=1) + emissions[:, t]
            alphas.append(torch.where(mask[:, t, None], following, alphas[-1]))
        return alphas


def word_columns(is_word: Tensor) -> tuple[Tensor, Tensor]:
    """Where the words of each row are.

    Args:
        is_word: Shape (B, T), bool.

    Returns:
        Columns, shape (B, W), int64, and their mask, shape (B, W), bool; W is the most words of a row, at least 1.
    """
    n_words = is_word.sum(dim=1)
    width = max(1, int(n_words.max()))
    columns = torch.argsort((~is_word).to(torch.int8), dim=1, stable=True)[:, :width]
    return columns, torch.arange(width, device=is_word.device) < n_words[:, None]


def gather_words(values: Tensor, columns: Tensor) -> Tensor:
    """Shape (B, W, D): the rows of ``values`` (B, T, D) at the columns (B, W)."""
    return values.gather(1, columns[:, :, None].expand(-1, -1, values.shape[-1]))
