"""Where a run computes: a GPU where there is one, and the share of a batch that falls to this process."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import torch
from filelock import FileLock, Timeout
from torch.nn.parallel import DistributedDataParallel

from ossicle.errors import OssicleError

LOCK = ".lock"
"""The file in the folder of a run that says that somebody trains there."""


@dataclass(frozen=True)
class Place:
    """This process among the ``ranks`` that ``torchrun`` started, and its device."""

    device: torch.device
    rank: int = 0
    ranks: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process validates and writes the files of the run."""
        return self.rank == 0

    def examples(self, start: int, steps: int, batch: int) -> list[int]:
        """Numbers of the examples of steps ``start`` to ``steps`` that this process computes."""
        if batch % self.ranks:
            raise OssicleError(
                f"a batch of {batch} cannot be shared evenly by {self.ranks} processes; take a divisor of it"
            )
        share = batch // self.ranks
        first = self.rank * share
        return [step * batch + first + i for step in range(start, steps) for i in range(share)]

    def spread(self, network: torch.nn.Module) -> torch.nn.Module:
        """The network whose gradients are averaged over all processes."""
        if self.ranks == 1:
            return network
        return DistributedDataParallel(network, [self.device] if self.device.type == "cuda" else None)

    def wait(self) -> None:
        """Wait until all processes are here."""
        if self.ranks > 1:
            torch.distributed.barrier()


@contextmanager
def join_processes() -> Iterator[Place]:
    """Take part in the run that ``torchrun`` started, or be a run of one process."""
    ranks, rank = int(os.environ.get("WORLD_SIZE", 1)), int(os.environ.get("RANK", 0))
    gpus = torch.cuda.device_count()
    device = (
        torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0)) % gpus) if gpus else torch.device("cpu")
    )
    if ranks == 1:
        yield Place(device)
        return
    torch.distributed.init_process_group("nccl" if gpus else "gloo")
    try:
        yield Place(device, rank, ranks)
    finally:
        torch.distributed.destroy_process_group()


@contextmanager
def hold_folder(out: Path, place: Place) -> Iterator[None]:
    """Make the folder of a run where it is not there, and keep other runs out of it.

    The lock is gone with the process, however that ends; file systems without locks keep nobody out. Raises
    :class:`OssicleError` where the folder cannot be made, or another process trains in it.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out / LOCK, timeout=0)
        if place.leads:
            with suppress(NotImplementedError):
                lock.acquire()
    except Timeout:
        raise OssicleError(
            f"another process trains in {out}; wait for it, or choose another folder"
        ) from None
    except OSError as error:
        raise OssicleError(f"cannot make the folder {out} ({error.strerror}); choose another") from None
    try:
        yield
    finally:
        lock.release()
