"""Ossicle turns a small audio network into verified firmware.

>>> import ossicle
>>> program = ossicle.compile(ossicle.quantize(ossicle.load("gru256")))
>>> stream = program.open()
>>> clean = stream.process(noisy_chunk)  # float32 or int16 at 16 kHz
"""

import ossicle.ops
import ossicle.platforms
import ossicle.tasks  # noqa: F401 - operators, platforms and tasks register themselves
from ossicle.api import (
    CorpusDownload,
    Denoising,
    ImportedModel,
    Inspection,
    QuantizedModel,
    Segmented,
    Spotted,
    Timings,
    Training,
    ZooModel,
    account,
    bench,
    compile,
    corpus_download,
    denoise,
    denoise_raw,
    evaluate,
    front_ends,
    get_corpus,
    import_network,
    inspect_network,
    list_corpora,
    list_models,
    listen,
    load,
    load_quantized,
    plan,
    quantize,
    run,
    save,
    segment,
    spot,
    train_model,
    write_c,
)
from ossicle.audio.files import Audio, read_audio, write_audio
from ossicle.errors import OssicleError
from ossicle.graph.model import Model
from ossicle.measure.quality import Evaluation
from ossicle.measure.quantization_error import QuantizationErrorReport
from ossicle.platforms.cluster.estimate import ClusterEstimate
from ossicle.platforms.cluster.run import ClusterEmulation
from ossicle.platforms.cortexm.program import ChipProgram
from ossicle.platforms.cortexm.run import ChipEmulation
from ossicle.platforms.result import Emulation, Estimate
from ossicle.tasks.frames import Frames
from ossicle.tasks.frames.program import FramesProgram, FramesStream
from ossicle.tasks.spotting.program import SpotterProgram, SpotterStream
from ossicle.tasks.suppression.program import SuppressorProgram, SuppressorStream
from ossicle.tasks.voice.program import VoiceProgram, VoiceStream

__version__ = "0.1.0"
__all__ = [
    "Audio",
    "ChipEmulation",
    "ChipProgram",
    "ClusterEmulation",
    "ClusterEstimate",
    "CorpusDownload",
    "Denoising",
    "Emulation",
    "Estimate",
    "Evaluation",
    "Frames",
    "FramesProgram",
    "FramesStream",
    "ImportedModel",
    "Inspection",
    "Model",
    "OssicleError",
    "QuantizationErrorReport",
    "QuantizedModel",
    "Segmented",
    "Spotted",
    "SpotterProgram",
    "SpotterStream",
    "SuppressorProgram",
    "SuppressorStream",
    "Timings",
    "Training",
    "VoiceProgram",
    "VoiceStream",
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
    "read_audio",
    "run",
    "save",
    "segment",
    "spot",
    "train_model",
    "write_audio",
    "write_c",
]
