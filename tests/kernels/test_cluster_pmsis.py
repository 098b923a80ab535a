"""The backend for GAP9 and the program around it, on an imitation of PMSIS."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cluster import FORKS, KERNELS, STRICT, TRANSFERS, build_program, run_program
from networks import small_model, voice

from ossicle.audio.pcm import to_pcm16
from ossicle.platforms.cluster.plan import best_plan
from ossicle.platforms.host.run import host_output
from ossicle.platforms.platform import emit
from ossicle.programs.compiler import find_compiler, run_compiler
from ossicle.quantization import quantize
from ossicle.targets import load_target
from ossicle.targets.variants import with_cluster_sizes

MOCK = Path(__file__).parents[1] / "pmsis"
PMSIS = (KERNELS / "cluster" / "pmsis.c", MOCK / "mock.c")
FLAGS = (f"-I{MOCK}", "-no-pie", "-fno-pie")

AROUND = """
#include <stdlib.h>

#include "bsp/flash/mram.h"
#include "osc_pmsis.h"

int cluster_main(void);

static int result;

static void task(void *unused)
{
    (void)unused;
    result = cluster_main();
}

static void run(void)
{
    struct pi_device flash, cluster;
    struct pi_mram_conf flash_conf;
    struct pi_cluster_conf conf;
    struct pi_cluster_task cluster_task;
    pi_mram_conf_init(&flash_conf);
    pi_open_from_conf(&flash, &flash_conf);
    pi_flash_open(&flash);
    osc_pmsis_open(&flash, (const void *)(uintptr_t)4096, 4096);
    pi_cluster_conf_init(&conf);
    pi_open_from_conf(&cluster, &conf);
    pi_cluster_open(&cluster);
    for (int i = 0; i < 2 && result == 0; i++) {
        pi_cluster_send_task(&cluster, pi_cluster_task(&cluster_task, task, NULL));
    }
    pmsis_exit(result);
}

int main(void)
{
    return pmsis_kickoff((void *)run);
}
"""


@pytest.mark.parametrize("workers", [1, 3, 8])
def test_forks_and_barriers_order_the_workers(tmp_path, workers):
    (tmp_path / "around.c").write_text(AROUND)
    text = FORKS.replace("int main(void)", "int cluster_main(void);\nint cluster_main(void)")
    flags = f"-DOSC_WORKERS={workers}", "-DBARRIER=osc_barrier()", *FLAGS
    done = run_program(build_program(tmp_path, text, [*PMSIS, tmp_path / "around.c"], *flags))
    assert done.returncode == 0, done.stderr


def test_transfers_have_arrived_where_they_were_waited_for(tmp_path):
    (tmp_path / "around.c").write_text(AROUND)
    text = TRANSFERS.replace("int main(void)", "int cluster_main(void);\nint cluster_main(void)")
    flags = "-DARRIVE=1", "-DWAIT=1", *FLAGS
    done = run_program(build_program(tmp_path, text, [*PMSIS, tmp_path / "around.c"], *flags))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("l3", [False, True])
def test_an_emitted_program_gives_what_the_host_does(tmp_path, l3):
    model, target = small_model("lstm"), load_target("gap9")
    graph = quantize(model.graph, "int8", model.calibration)
    store = replace(target.cluster.l2, bytes=9000)
    if l3:
        target = replace(target, cluster=replace(target.cluster, l2=store))
    plan, folder = best_plan(graph, with_cluster_sizes(target, l1_bytes=12_000)).plan, tmp_path / "c"
    assert bool(plan.l3_transfers) == l3
    summary = emit(graph, plan, target, folder, "pmsis")
    arguments = [*STRICT, *summary["cflags"], f"-I{MOCK}", "-pthread", "-no-pie", "-fno-pie", "-I."]
    if l3:
        arguments.append("-DL3_ADDRESS=(uint32_t)(uintptr_t)&tiny_lstm_l3")
    sources = [path.name for path in folder.glob("*.c")]
    run_compiler(
        find_compiler(), [*arguments, "-o", "program", *sources, str(MOCK / "mock.c"), "-lm"], folder
    )
    samples = to_pcm16(3 * voice(16 * 10 + 5, seed=4))
    samples.tofile(folder / "in.raw")
    done = run_program(folder / "program", folder=folder)
    assert done.returncode == 0, done.stderr
    expected = host_output(graph, samples, tmp_path / "host")
    np.testing.assert_array_equal(np.fromfile(folder / "out.raw", np.int16), expected)
