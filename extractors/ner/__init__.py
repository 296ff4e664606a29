"""Named entity recognition: BERT token classification over sliding windows."""
