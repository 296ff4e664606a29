"""From mentions to entities: knowledge bases, FAISS index, candidates, linker.

May import ``schemas``. Never ``extractors`` or ``flows``.
"""
