import pytest
from corpus import corpus_root, keywords_root

__all__ = ["corpus_root", "keywords_root"]


@pytest.fixture(autouse=True)
def one_thread():
    """Where the cores are busy, the threads of a small step wait for each other far longer than they work."""
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
