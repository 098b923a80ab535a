"""A cluster of cores: planned by a cycle model, and run on threads of this computer, QEMU's harts, or RTL."""

from ossicle.platforms.cluster.build import build_on_threads
from ossicle.platforms.cluster.estimate import cluster_cost, estimate
from ossicle.platforms.cluster.files import BACKENDS, VARIABLES, project
from ossicle.platforms.cluster.plan import plan_by_cycles
from ossicle.platforms.cluster.run import PLACES, run_model
from ossicle.platforms.platform import Platform, register
from ossicle.schedule.cluster import ClusterPlan
from ossicle.targets import ClusterTarget
from ossicle.targets.cluster import parse_cluster_target
from ossicle.targets.variants import with_cluster_sizes

CLUSTER = Platform[ClusterTarget, ClusterPlan](
    "cluster",
    description="a cluster",
    example="gap9",
    parse=parse_cluster_target,
    plan=plan_by_cycles,
    project=project,
    program=lambda folder, target, summary: build_on_threads(folder),
    backends=BACKENDS,
    program_backend="threads",
    variables=VARIABLES,
    resize=with_cluster_sizes,
    on=PLACES,
    run=run_model,
    estimate=estimate,
    frame_cost=cluster_cost,
)
register(CLUSTER)
