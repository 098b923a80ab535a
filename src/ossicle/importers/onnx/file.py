"""An ONNX file as a message of protobuf, and its tensors, read so that no file can take the memory."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import helper, numpy_helper

from ossicle.errors import OssicleError
from ossicle.files import check_file
from ossicle.importers.reading import LARGEST_FILE

OLDEST_OPSET = 7
"""Before it, operators broadcast in another way."""

_TYPES: tuple[int, ...] = (
    onnx.TensorProto.BOOL,
    onnx.TensorProto.INT8,
    onnx.TensorProto.INT16,
    onnx.TensorProto.INT32,
    onnx.TensorProto.INT64,
    onnx.TensorProto.UINT8,
    onnx.TensorProto.UINT16,
    onnx.TensorProto.UINT32,
    onnx.TensorProto.UINT64,
    onnx.TensorProto.BFLOAT16,
    onnx.TensorProto.FLOAT16,
    onnx.TensorProto.FLOAT,
    onnx.TensorProto.DOUBLE,
)
"""Element types of the tensors that are read."""


@dataclass(frozen=True)
class File:
    """A parsed file and where it lies."""

    path: Path
    model: onnx.ModelProto

    @property
    def opsets(self) -> dict[str, int]:
        """Version of each domain of operators; that of ONNX is called ``""``."""
        return {"" if o.domain == "ai.onnx" else o.domain: o.version for o in self.model.opset_import}


def load(path: Path) -> File:
    """Parse a file; raises :class:`OssicleError` where it is too large, cut short, or of an unknown opset."""
    try:
        check_file(path, LARGEST_FILE)
        model = onnx.ModelProto.FromString(path.read_bytes())
    except FileNotFoundError:
        raise OssicleError(f"there is no file {path}; give the path of an ONNX file") from None
    except (OSError, DecodeError) as error:
        raise OssicleError(
            f"{path} is no ONNX file or is cut short ({error}); fetch or export it again"
        ) from None
    if not model.graph.node or not model.opset_import:
        raise OssicleError(f"{path} holds no network in ONNX; fetch or export it again")
    file = File(path, model)
    newest, opset = onnx.defs.onnx_opset_version(), file.opsets.get("", OLDEST_OPSET)
    if not OLDEST_OPSET <= opset <= newest:
        raise OssicleError(
            f"{path} is of opset {opset} and Ossicle reads {OLDEST_OPSET} to {newest}; "
            "export it with opset_version=17"
        )
    return file


def read_tensors(file: File, tensors: Iterable[onnx.TensorProto]) -> dict[str, np.ndarray]:
    """The values of named tensors of a file."""
    return {tensor.name: read_tensor(file, tensor) for tensor in tensors}


def read_tensor(file: File, tensor: onnx.TensorProto) -> np.ndarray:
    """The values of a tensor, whose size is compared with the data before any memory is taken."""
    name = tensor.name or "of an attribute"
    if tensor.data_type not in _TYPES:
        known = dict(onnx.TensorProto.DataType.items())
        kind = next((text for text, number in known.items() if number == tensor.data_type), tensor.data_type)
        raise OssicleError(f"{file.path}: tensor {name} is of the type {kind}; export it as float32 or int8")
    count = math.prod(tensor.dims)
    item = helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    external = tensor.data_location == onnx.TensorProto.EXTERNAL
    if min(tensor.dims, default=0) < 0 or count * item > LARGEST_FILE:
        found = "elsewhere" if external else f"{_stored(tensor, item):,}"
        raise OssicleError(
            f"{file.path}: tensor {name} claims {count:,} values and has {found}; "
            "fetch or export the file again"
        )
    if external:
        raw = _external(file, name, {entry.key: entry.value for entry in tensor.external_data}, count * item)
        return np.frombuffer(raw, helper.tensor_dtype_to_np_dtype(tensor.data_type)).reshape(tensor.dims)
    if _stored(tensor, item) != count:
        raise OssicleError(
            f"{file.path}: tensor {name} claims {count:,} values and has {_stored(tensor, item):,}; "
            "fetch or export the file again"
        )
    try:
        return numpy_helper.to_array(tensor)
    except ValueError as error:
        raise OssicleError(f"{file.path}: tensor {name} cannot be read ({error}); fetch it again") from None


def _stored(tensor: onnx.TensorProto, item: int) -> int:
    """Values that a tensor within the file really has."""
    if tensor.HasField("raw_data"):
        return -(-len(tensor.raw_data) // item)
    return len(getattr(tensor, helper.tensor_dtype_to_field(tensor.data_type)))


def _external(file: File, name: str, entries: Mapping[str, str], length: int) -> bytes:
    """Bytes of a tensor that lie in a file beside the network's."""
    location = entries.get("location", "")
    folder = file.path.resolve().parent
    path = (folder / location).resolve()
    if not location or not path.is_relative_to(folder):
        raise OssicleError(
            f"{file.path}: tensor {name} has its values in {location!r}, outside of the file's folder; "
            "put them beside the file and export it again"
        )
    try:
        offset = int(entries.get("offset", "0"))
        check_file(path)
        with path.open("rb") as data:
            data.seek(offset)
            raw = data.read(length)
    except FileNotFoundError:
        raise OssicleError(
            f"{file.path}: the values of tensor {name} are missing: there is no {location} beside the file; "
            "fetch that too"
        ) from None
    except (OSError, ValueError) as error:
        raise OssicleError(
            f"{file.path}: the values of tensor {name} in {location} cannot be read ({error}); fetch it again"
        ) from None
    if len(raw) != length:
        raise OssicleError(f"{file.path}: {location} is too short for tensor {name}; fetch it again")
    return raw
