from .denoising import Denoising, denoise, denoise_raw
from .evaluation import evaluate
from .imports import ImportedModel, Inspection, front_ends, import_network, inspect_network
from .model_files import (
    ZooModel,
    list_models,
    load,
    load_quantized,
    save,
    zoo_models,
)
from .platforms import plan, run
from .programs import compile, write_c
from .pruning import Finetuning, PrunedModel, prune
from .quantization import AUTO, QuantizedModel, account, quantize
from .reporting import ModelReport, report_on, write_report
from .sessions import LiveMoment, LiveSession, LiveSummary, live
from .spotting import Spotted, listen, spot
from .timing import Timings, bench
from .training import (
    CorpusDownload,
    Training,
    corpus_download,
    get_corpus,
    list_corpora,
    train_model,
)
from .voices import Segmented, segment

__all__ = [
    "AUTO",
    "CorpusDownload",
    "Denoising",
    "Finetuning",
    "ImportedModel",
    "Inspection",
    "LiveMoment",
    "LiveSession",
    "LiveSummary",
    "ModelReport",
    "PrunedModel",
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
    "live",
    "load",
    "load_quantized",
    "plan",
    "prune",
    "quantize",
    "report_on",
    "run",
    "save",
    "segment",
    "spot",
    "train_model",
    "write_c",
    "write_report",
    "zoo_models",
]
