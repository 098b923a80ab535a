from corpus import corpus_root

__all__ = ["corpus_root"]
