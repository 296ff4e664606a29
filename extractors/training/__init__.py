"""Training: corpora with partial labels, one training loop for all models."""
