"""The commands for Python: each is one function, and the command line prints what it returns.

Paths are strings or :class:`pathlib.Path`. Results are frozen; their ``as_dict`` is what ``--json`` prints
besides the question. What cannot be done raises :class:`OssicleError`, whose sentence names the way out.
"""

from ossicle.api.imports import ImportedModel, Inspection, front_ends, import_network, inspect_network
from ossicle.api.model_files import (
    ZooModel,
    list_models,
    load,
    load_quantized,
    save,
    zoo_models,
)
from ossicle.api.platforms import plan, run
from ossicle.api.programs import compile, write_c
from ossicle.api.quantization import AUTO, QuantizedModel, account, quantize
from ossicle.api.recordings import Denoising, Spotted, denoise, denoise_raw, evaluate, listen, spot
from ossicle.api.timing import Timings, bench
from ossicle.api.training import (
    CorpusDownload,
    Training,
    corpus_download,
    get_corpus,
    list_corpora,
    train_model,
)
from ossicle.api.voices import Segmented, segment

__all__ = [
    "AUTO",
    "CorpusDownload",
    "Denoising",
    "ImportedModel",
    "Inspection",
    "QuantizedModel",
    "Segmented",
    "Spotted",
    "Timings",
    "Training",
    "ZooModel",
    "account",
    "bench",
    "compile",
    "corpus_download",
    "denoise",
    "denoise_raw",
    "evaluate",
    "front_ends",
    "get_corpus",
    "import_network",
    "inspect_network",
    "list_corpora",
    "list_models",
    "listen",
    "load",
    "load_quantized",
    "plan",
    "quantize",
    "run",
    "save",
    "segment",
    "spot",
    "train_model",
    "write_c",
    "zoo_models",
]
