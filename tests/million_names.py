"""Distinct plausible names of organisations and concepts, as many as are wanted, for measuring at scale."""

import random
from collections.abc import Iterator


def cut(text: str) -> list[str]:
    """The parts between bars."""
    return text.split("|")


STARTS = (
    "al an ar bel ber bran cor dal dor el fal gar hal har kal kan lin lor mar mel nor or pal ral sal tan tor val ver"
)
MIDDLES = "a e i o u ba da di ga ka la le li ma mi na ne ni no ra re ri ro sa se si ta te ti to va vi"
ENDS = (
    "bach berg borough bridge burg by dale field ford furt gen grad ham haven heim holm ia land ley pol stad ton ville"
)
KINDS = cut(
    "University of {place}|{place} University|{place} State University|Technical University of {place}|"
    "{place} University of {field}|{place} Institute of {field}|Institute for {field}, {place}|"
    "Department of {field}, University of {place}|{place} Center for {field}|"
    "National Laboratory of {field}, {place}|{place} College of {field}|"
    "Faculty of {field}, {place} University|{place} Hospital|{place} Medical Center|"
    "{place} Research Foundation|Max {place} Institute of {field}|{place} Academy of {field}|"
    "{place} Systems Inc."
)
FIELDS = cut(
    "Technology|Applied Physics|Computer Science|Molecular Biology|Medicine|Economics|Education|Agriculture|"
    "Engineering|Chemistry|Information Science|Mathematics|Public Health|Marine Research|Materials Science|"
    "Neuroscience|Geology|Social Sciences|Fine Arts|Veterinary Medicine|Nuclear Research|Astronomy|Law|"
    "Linguistics|Artificial Intelligence"
)
TRAITS = cut(
    "sparse|deep|hierarchical|variational|graph|dual|adaptive|multi-scale|recurrent|contrastive|"
    "self-supervised|residual|attentive|probabilistic|cross-modal|temporal|dynamic|gated|dilated|latent|"
    "federated|causal|robust|masked|progressive|bidirectional|lightweight|unsupervised|generative|"
    "adversarial|convolutional|spectral|fuzzy"
)
THINGS = cut(
    "attention|transformer|autoencoder|embedding|convolution|memory|pooling|alignment|matching|distillation|"
    "sampling|normalization|segmentation|retrieval|translation|clustering|regression|ranking|diffusion|"
    "policy|propagation|quantization|fusion|prompting|parsing|tracking|registration|completion|summarization|"
    "captioning"
)
HEADS = cut(
    "network|model|framework|learning|encoder|algorithm|machine|loss|estimation|search|benchmark|dataset|"
    "forest|detector|classifier|optimizer|tuning|field|kernel|process"
)


def write_place(rng: random.Random) -> str:
    """A town that may well not exist."""
    middle = "".join(rng.choice(MIDDLES.split()) for _ in range(rng.randrange(3)))
    return (rng.choice(STARTS.split()) + middle + rng.choice(ENDS.split())).capitalize()


def write_organisation(rng: random.Random) -> str:
    """A name such as ``Institute for Applied Physics, Dorlaford``."""
    return rng.choice(KINDS).format(place=write_place(rng), field=rng.choice(FIELDS))


def write_concept(rng: random.Random) -> str:
    """A name such as ``gated cross-modal attention network``, sometimes with a short form and a number."""
    words = [
        *rng.sample(TRAITS, rng.choice((1, 2, 2, 3))),
        *rng.sample(THINGS, rng.choice((1, 1, 2))),
        rng.choice(HEADS),
    ]
    if rng.random() < 0.2:
        prefix = rng.choice(STARTS.split()).capitalize()
        version = rng.choice(("", "-S", "-L", "v2", "++"))
        return f"{prefix}{rng.choice(words)[:4].capitalize()}{version}: {' '.join(words[-3:])}"
    return " ".join(words)


def write_names(n: int, share_of_concepts: float = 0.4, seed: int = 0) -> Iterator[tuple[str, str]]:
    """Distinct (type, name) pairs."""
    rng = random.Random(seed)  # noqa: S311
    seen = set[str]()
    while len(seen) < n:
        is_concept = len(seen) < n * share_of_concepts
        name = write_concept(rng) if is_concept else write_organisation(rng)
        if name not in seen:
            seen.add(name)
            yield "Method" if is_concept else "Institution", name


def misspell(name: str, rng: random.Random) -> str:
    """The name as a paper might have it: a word left out or shortened, two letters changed about, other case."""
    words = name.split()
    act = rng.randrange(4)
    if act == 0 and len(words) > 3:
        del words[rng.randrange(len(words))]
    elif act == 1:
        place = max(range(len(words)), key=lambda i: len(words[i]))
        words[place] = words[place][: max(4, len(words[place]) // 2)] + "."
    elif act == 2:
        place = max(range(len(words)), key=lambda i: len(words[i]))
        i = rng.randrange(1, max(2, len(words[place]) - 1))
        word = words[place]
        words[place] = word[: i - 1] + word[i : i + 1] + word[i - 1] + word[i + 1 :]
    else:
        words = [word.upper() for word in words]
    return " ".join(words)
