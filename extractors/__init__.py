"""From the bytes of a PDF to mentions and relations: reading, windows, NER, relations, training, evaluation.

May import ``schemas``. Never ``linking`` or ``flows``.
"""
