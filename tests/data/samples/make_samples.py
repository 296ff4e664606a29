"""Draws the sample papers: four short papers in four layouts, with invented people, institutions, systems and figures.

Run from the repository root: ``python tests/data/samples/make_samples.py``. The PDFs are committed; this is how they
were made.
"""

import re
from pathlib import Path

import pymupdf

HERE = Path(__file__).parent
PAGE = pymupdf.Rect(0, 0, 595, 842)
CSS = """
* {font-family: serif; font-size: 9.5pt; line-height: 1.15;}
p {margin: 0 0 5pt 0; text-align: justify;}
h1 {font-size: 16pt; text-align: center; margin: 0 0 10pt 0;}
h2 {font-size: 11.5pt; margin: 8pt 0 4pt 0;}
.center {text-align: center; margin: 0 0 4pt 0;}
.names {text-align: center; font-size: 11pt; margin: 0 0 4pt 0;}
.small {font-size: 8pt;}
table {width: 100%;}
td {font-size: 8.5pt; padding: 1pt;}
"""


def columns(n: int, top: float, bottom: float) -> list[pymupdf.Rect]:
    """Column boxes of a page, in points."""
    gap, left, right = 18, 56, 539
    width = (right - left - gap * (n - 1)) / n
    return [pymupdf.Rect(left + i * (width + gap), top, left + i * (width + gap) + width, bottom) for i in range(n)]


def draw(
    name: str, front: list[tuple[pymupdf.Rect, str]], body: str, *, n_columns: int, top: float, bottom: float, foot: str
) -> None:
    """Write one paper: front boxes on page one, the body flowing through the columns, a page number on each page."""
    path = HERE / name
    writer = pymupdf.DocumentWriter(str(path))
    story = pymupdf.Story(body, user_css=CSS)
    more, page = 1, 0
    while more:
        device = writer.begin_page(PAGE)
        if page == 0:
            for box, html in front:
                head = pymupdf.Story(html, user_css=CSS)
                head.place(box)
                head.draw(device)
        for box in columns(n_columns, top if page == 0 else 60, bottom):
            if more:
                more, _ = story.place(box)
                story.draw(device)
        number = pymupdf.Story(f'<p class="center small">{foot} {page + 1}</p>', user_css=CSS)
        number.place(pymupdf.Rect(56, 800, 539, 820))
        number.draw(device)
        writer.end_page()
        page += 1
    writer.close()
    title = re.sub("<[^>]+>", "", front[0][1].split("</h1>")[0]).strip()
    document = pymupdf.open(path)
    document.set_metadata({"title": title, "producer": "papergraph samples", "creationDate": "", "modDate": ""})
    document.save(path.with_suffix(".tmp"), garbage=4, deflate=True, no_new_id=True)
    document.close()
    path.with_suffix(".tmp").replace(path)


def marks() -> None:
    """Two columns; superscript marks join authors and institutions."""
    front = """
    <h1>Sparse Lantern Networks for Reading Comprehension</h1>
    <p class="names">Aria Example<sup>1</sup>, Bruno Placeholder<sup>1,2</sup> and Chidi van der
    Sample<sup>2</sup></p>
    <p class="center"><sup>1</sup>Department of Computer Science, Imaginary University of Nowhere, Nowhere</p>
    <p class="center"><sup>2</sup>Institute of Invented Sciences, Utopia City</p>
    <p class="center small">{aria, bruno}@nowhere.example</p>"""
    body = """
    <h2>Abstract</h2>
    <p>We present the Sparse Lantern Network (SLN), a method for machine reading comprehension. SLN is a variant of
    BERT
    that attends to few tokens at a time. SLN achieves 91.4 F1 on SQuAD v1.1 and an accuracy of 84.3% on MNLI, and it
    outperforms the BiDAF baseline on both datasets while using half of the parameters.</p>
    <h2>1 Introduction</h2>
    <p>Question answering systems based on convolutional neural networks (CNNs) and on recurrent neural networks
    (RNNs)
    were the first to reach good results on the Stanford Question Answering Dataset (SQuAD). Pre-trained language
    models such as BERT and ELMo improved them further. They are costly, since self-attention compares every token
    with
    every other token. We ask whether sparse attention suffices for reading comprehension.</p>
    <h2>2 Method</h2>
    <p>SLN uses a Transformer encoder in which each layer keeps only the strongest attention weights. We train SLN
    with
    the Adam optimizer on English Wikipedia and fine-tune it on SQuAD. For natural language inference we fine-tune SLN
    on MNLI. Dropout is used for regularization.</p>
    <h2>3 Experiments</h2>
    <p>We evaluate SLN on SQuAD v1.1 and on MNLI. Our baselines are BiDAF and an LSTM with attention. Table 1 shows
    the
    results. On SQuAD v1.1, SLN reaches 91.4 F1, whereas BiDAF reaches 77.3 F1. On MNLI, SLN obtains an accuracy of
    84.3%, compared with 72.1% for the LSTM. Sparse attention is therefore a good choice for question answering.</p>
    <p>Table 1: Results on the test sets of SQuAD v1.1 (F1) and MNLI (accuracy).</p>
    <table><tr><td>Method</td><td>SQuAD v1.1</td><td>MNLI</td></tr><tr><td>BiDAF</td><td>77.3</td><td>-</td></tr>
    <tr><td>LSTM</td><td>-</td><td>72.1</td></tr><tr><td>SLN</td><td>91.4</td><td>84.3</td></tr></table>
    <h2>4 Conclusion</h2>
    <p>The Sparse Lantern Network is a simple method for question answering and natural language inference.</p>
    <h2>References</h2>
    <p>[1] Devlin et al. 2019. BERT: Pre-training of deep bidirectional transformers. In NAACL.</p>
    <p>[2] Rajpurkar et al. 2016. SQuAD: 100,000+ questions for machine comprehension of text. In EMNLP.</p>"""
    draw("marks.pdf", [(pymupdf.Rect(56, 60, 539, 215), front)], body, n_columns=2, top=220, bottom=620, foot="")


def grid() -> None:
    """One column; a block for each author, side by side."""
    cells = [
        ("Dagny Fictitious", "Northern Academy of Fables", "dagny@fables.example"),
        ("Emeka O'Invented", "Acme Dream Laboratories", "emeka@dreams.example"),
        ("Li-Na Nobody", "University of Atlantis", "lina@atlantis.example"),
    ]
    front = [
        (
            pymupdf.Rect(80, 70, 515, 125),
            "<h1>MirrorNet: Contrastive Pre-training for Image Classification on Small Devices</h1>",
        )
    ]
    for i, (name, place, mail) in enumerate(cells):
        box = pymupdf.Rect(70 + 155 * i, 130, 215 + 155 * i, 190)
        text = f'<p class="center"><b>{name}</b></p><p class="center">{place}</p><p class="center small">{mail}</p>'
        front.append((box, text))
    body = """
    <h2 style="text-align: center">Abstract</h2>
    <p>Small devices need small models. We propose MirrorNet, a convolutional neural network (CNN) trained by
    contrastive learning for image classification. On ImageNet, MirrorNet reaches a top-1 accuracy of 74.6%, which is
    2.1 points better than MobileNet. On CIFAR-10 it reaches an accuracy of 96.2%.</p>
    <h2>1 Introduction</h2>
    <p>Image classification and object detection are the best known tasks of computer vision. ResNet is accurate
    but too
    large for phones, and MobileNet trades accuracy for speed. Contrastive learning methods such as SimCLR learn
    visual
    representations without labels. We combine both ideas.</p>
    <h2>2 MirrorNet</h2>
    <p>MirrorNet is based on depthwise separable convolutions. It is pre-trained on ImageNet with a contrastive
    loss and
    then fine-tuned with cross-entropy. We use stochastic gradient descent (SGD) with momentum. Batch normalization is
    part of every layer of MirrorNet.</p>
    <h2>3 Experiments</h2>
    <p>We evaluate MirrorNet on ImageNet, CIFAR-10 and CIFAR-100 for image classification, and on COCO for object
    detection. On CIFAR-100, MirrorNet achieves 81.0% accuracy, compared with 78.4% for ResNet-50. On COCO, MirrorNet
    achieves 31.5 mAP when it is used as the backbone of Faster R-CNN.</p>
    <h2>4 Conclusion</h2>
    <p>Contrastive pre-training makes small convolutional networks better at image classification.</p>
    <h2>References</h2>
    <p>He, K., et al.: Deep residual learning for image recognition. In: CVPR (2016).</p>
    <p>Howard, A., et al.: MobileNets: Efficient convolutional neural networks for mobile vision. (2017).</p>"""
    draw("grid.pdf", front, body, n_columns=1, top=200, bottom=780, foot="")


def shared() -> None:
    """One column; one affiliation shared by all authors; a journal's running head."""
    front = """
    <h1>A Survey of Word Vectors for Sentiment Analysis of Sea Shanties</h1>
    <p class="names">Fen Unreal, Gustav Nonesuch and Hyacinth Makebelieve</p>
    <p class="center"><i>School of Maritime Informatics, Lilliput Technical University, Mildendo, Lilliput</i></p>
    <p class="center small">Received 3 March 2021; accepted 5 May 2021</p>"""
    body = """
    <p><b>Abstract.</b> Sentiment analysis of song texts is hard because sailors are ironic. We compare word2vec,
    GloVe
    and fastText vectors in a support vector machine (SVM) and in a long short-term memory network (LSTM) on the
    Stanford
    Sentiment Treebank and on IMDb reviews, before we turn to shanties.</p>
    <h2>1. Introduction</h2>
    <p>Sentiment analysis is a text classification task. Word embeddings are trained on large corpora such as
    Wikipedia
    and Common Crawl. GloVe is trained on co-occurrence counts, while word2vec is trained to predict neighbouring
    words.
    Named entity recognition and machine translation use the same vectors.</p>
    <h2>2. Methods</h2>
    <p>We use an SVM with a linear kernel and a bidirectional LSTM. Conditional random fields (CRFs) are used for
    tokenization. Hyperparameters are tuned by grid search with cross-validation.</p>
    <h2>3. Results</h2>
    <p>On the Stanford Sentiment Treebank, the LSTM with GloVe vectors achieves an accuracy of 85.1%. The SVM with
    word2vec vectors achieves 79.8% on the same dataset. On IMDb, fastText obtains an accuracy of 88.7% and an F1
    score
    of 88.5. The LSTM outperforms logistic regression on all datasets.</p>
    <h2>4. Discussion</h2>
    <p>Word vectors help sentiment analysis even where irony is common, and GloVe is the best choice for small
    data.</p>
    <h2>References</h2>
    <p>Pennington, J., Socher, R., Manning, C.: GloVe: global vectors for word representation. EMNLP (2014).</p>"""
    draw(
        "shared.pdf",
        [(pymupdf.Rect(90, 60, 505, 170), front)],
        body,
        n_columns=1,
        top=175,
        bottom=780,
        foot="J. Imag. Inf.",
    )


def footnote() -> None:
    """Two columns; affiliations in a footnote of the first page."""
    front = """
    <h1>Whisper Trees: Decision Forests for Keyword Spotting</h1>
    <p class="names">Ines P. Phantom, Jorge L. Mirage, and Katya Notreal</p>"""
    body = """
    <p><b><i>Abstract</i>—We study keyword spotting with random forests instead of deep neural networks (DNNs). Our
    method, Whisper Trees, needs 20 kB of memory. On the Speech Commands dataset it reaches an accuracy of 93.5%,
    close to
    the 95.1% of a convolutional neural network.</b></p>
    <h2>I. INTRODUCTION</h2>
    <p>Speech recognition on watches has to be frugal. Hidden Markov models (HMMs) and deep neural networks are the
    usual methods for keyword spotting and for speech recognition. Random forests and gradient boosting are cheap
    at run
    time, but they are rarely used for speech.</p>
    <h2>II. WHISPER TREES</h2>
    <p>Whisper Trees are random forests over mel-frequency cepstral coefficients (MFCCs). Each tree is grown on a
    bootstrap sample. We use principal component analysis (PCA) for dimensionality reduction.</p>
    <h2>III. EXPERIMENTS</h2>
    <p>We train Whisper Trees on Speech Commands and evaluate them on Speech Commands and on TIMIT. Whisper Trees
    achieve
    an accuracy of 93.5% on Speech Commands. A support vector machine achieves 88.0%. On TIMIT the word error rate of
    Whisper Trees is 24.9%, while the HMM has a word error rate of 27.4%.</p>
    <h2>IV. CONCLUSION</h2>
    <p>Random forests are a good choice for keyword spotting on small devices.</p>
    <h2>REFERENCES</h2>
    <p>[1] L. Breiman, "Random forests," Machine Learning, vol. 45, pp. 5-32, 2001.</p>"""
    note = """<p class="small">I. P. Phantom and K. Notreal are with the Department of Acoustics, University of
    Brobdingnag, Lorbrulgrud. J. L. Mirage is with Laputa Research Center, Laputa.</p>"""
    boxes = [(pymupdf.Rect(56, 60, 539, 130), front), (pymupdf.Rect(56, 410, 288, 470), note)]
    draw("footnote.pdf", boxes, body, n_columns=2, top=140, bottom=400, foot="")


if __name__ == "__main__":
    marks()
    grid()
    shared()
    footnote()
