"""Names of measures that are known whatever a model thinks: a number beside one is mostly a result."""

import re

from schemas.records import Span

_SYMBOLS = (
    r"(?:Sacre)?BLEU(?:-?[1-4])?|ROUGE(?:-[1-9LSW]+)?|METEOR|chrF\+{0,2}|CIDEr(?:-D)?|SPICE|NIST|BERTScore|COMET|BLEURT",
    r"[mn]?AP(?:@\[?\.?\d[\d.:]*\]?|\d\d)?|AP_?(?:[SML]|b?box|mask)|[mM]?I[oO]U|PQ|FID|KID|PSNR|SSIM|LPIPS|NIQE|EPE|PCKh?@[\d.]+|MOTA|IDF1",
    r"AUC|AUROC|AUPRC|ROC[- ]AUC|PR[- ]AUC|EER|minDCF|[WCPD]ER|(?:SI-)?SDR|SNR|STOI|PESQ|MOS|ECE|MCC|R²|R\^2|R2|Q²",
    r"MRR|MR|[nN]?DCG(?:@\d+)?|MAP|(?:[Hh]its?|HR|[PR]|[Rr]ecall|[Pp]recision|[Aa]cc|pass)@\d+|EM|[UL]AS|F-?1|Fβ",
    r"N?RMSE|MSE|s?MAPE|MAE|MASE|CRPS|NLL|B?PPL|BPC|BPD|GLUE|SuperGLUE|(?:PA-)?MPJPE|[AF]DE|acc\.",
)
_WORDS = (
    r"accurac(?:y|ies)|precision|recall|sensitivity|specificity|perplexit(?:y|ies)|exact match",
    r"(?:error|success|recognition|detection|classification|(?:word|equal) error|false (?:positive|alarm)) rates?",
    r"f-?1?[- ]?(?:scores?|measures?)|(?:mean )?average precision|(?:mean )?opinion scores?|hit rates?",
    r"mean (?:absolute|squared|reciprocal) (?:percentage )?(?:errors?|rank)|intersection over union",
    r"(?:jaccard|dice|silhouette)(?: (?:index|score|coefficient|similarity))?",
    r"(?:pearson|spearman|kendall|matthews)(?:['’]s)?(?: (?:rank )?(?:correlation(?: coefficient)?s?|r|ρ|rho|tau|τ))?",
    r"correlations?(?: coefficients?)?|(?:cohen['’]?s |fleiss['’]? )?kappa|fréchet inception distance",
    r"(?:hazard|odds|risk) ratios?|inter-annotator agreement",
)
_GENERAL = r"errors?|scores?|log[- ]likelihood|efficiency|yield|agreement|mortality|performance"
_NAMES = re.compile(
    r"(?<!\w)(?=[a-zA-Z])"  # else all alternatives are tried at every letter
    rf"(?:(?P<sure>(?<!-)(?:(?i:{'|'.join(_WORDS)})|(?:{'|'.join(_SYMBOLS)}))(?:[- ]scores?)?(?![\w@]))"
    rf"|(?i:{_GENERAL})\b)"
)


def find_metric_names(text: str, *, only_sure: bool = False) -> list[Span]:
    """Well-known measures by name, in text order.

    Args:
        text: Any text.
        only_sure: Leave out general words, which mean a measure only beside a decimal or a percentage.
    """
    return [span for span, is_sure in sort_metric_names(text) if is_sure or not only_sure]


def sort_metric_names(text: str) -> list[tuple[Span, bool]]:
    """Well-known measures by name, in text order, and whether they are more than general words."""
    return [(Span(match.start(), match.end()), match["sure"] is not None) for match in _NAMES.finditer(text)]
