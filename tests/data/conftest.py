from corpus import corpus_root, keywords_root

__all__ = ["corpus_root", "keywords_root"]
