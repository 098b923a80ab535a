"""The RTL testbench: a cluster of CV32E40P cores in Verilator that runs an ELF file cycle by cycle."""

from ossicle.platforms.cluster.rtl.build import build_testbench, check_rtl
from ossicle.platforms.cluster.rtl.log import CoreCounts, EngineCounts, Event, RtlRun
from ossicle.platforms.cluster.rtl.run import RtlCluster, run_rtl

__all__ = [
    "CoreCounts",
    "EngineCounts",
    "Event",
    "RtlCluster",
    "RtlRun",
    "build_testbench",
    "check_rtl",
    "run_rtl",
]
