"""The backend for GAP9 and the program around it, on an imitation of PMSIS."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from cluster import FORKS, KERNELS, TRANSFERS, build_program, run_program

from ossicle.emit.c_text import template_environment

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


MODEL = """
#include "tiny.h"
#include "osc_cluster.h"

const int16_t tiny_far[8] __attribute__((aligned(8))) = {1, 2, 3, 4, 5, 6, 7, 8};

typedef struct {
    tiny_state_t *state;
    const int16_t *in;
    int16_t *out;
} job_t;

static int16_t staging[8] __attribute__((aligned(8)));

static void scale(void *argument, int worker)
{
    const job_t *const job = argument;
    if (worker < 8) {
        job->out[worker] = (int16_t)(job->in[worker] * job->state->weight[worker]);
    }
}

void tiny_reset(tiny_state_t *state)
{
    (void)state;
    osc_far_wait(5);
    osc_dma_wait(0);
    FETCH
}

void tiny_process(tiny_state_t *state, const int16_t *in, int16_t *out)
{
    job_t job = {state, in, out};
    ARRIVE
    osc_dma_start(0, state->weight, SOURCE, sizeof state->weight);
    osc_dma_wait(0);
    osc_fork(scale, &job);
    FETCH
}

int tiny_push(tiny_state_t *state, const int16_t *in, float *posteriors)
{
    int16_t out[8];
    tiny_process(state, in, out);
    for (int i = 0; i < 8; i++) {
        posteriors[i] = out[i];
    }
    return out[7] > 0 ? 7 : -1;
}
"""

HEADER = """
#include <stdint.h>

#define TINY_HOP 8
#define TINY_CLASSES 8

typedef struct {
    int16_t weight[8] __attribute__((aligned(8)));
} tiny_state_t;

void tiny_reset(tiny_state_t *state);
void tiny_process(tiny_state_t *state, const int16_t *in, int16_t *out);
int tiny_push(tiny_state_t *state, const int16_t *in, float *posteriors);
"""


@pytest.mark.parametrize("far", [False, True])
@pytest.mark.parametrize("role", ["suppressor", "spotter"])
def test_hops_go_through_the_cluster(tmp_path, role, far):
    context = {"name": "tiny", "NAME": "TINY", "role": role, "far_words": 4 * far}
    context["cluster_plan"] = SimpleNamespace(workers=8)
    context["graph"] = SimpleNamespace(task=SimpleNamespace(sample_rate=16000))
    for name in ("main.c", "audio.c", "audio.h", "CMakeLists.txt", "Makefile"):
        template = template_environment().get_template(f"cluster/pmsis/{name}.j2")
        (tmp_path / name).write_text(template.render(context))
    (tmp_path / "tiny.h").write_text(HEADER)
    (tmp_path / "tiny_weights.h").write_text("#include <stdint.h>\nextern const int16_t tiny_far[8];\n")
    fetch, source = "osc_far_start(5, staging, tiny_far, sizeof staging);", "staging"
    arrive = "osc_far_wait(5);"
    if not far:
        fetch, arrive, source = "(void)staging;", "", "tiny_far"
    flags = [f"-DFETCH={fetch}", f"-DARRIVE={arrive}", f"-DSOURCE={source}", f"-I{tmp_path}", *FLAGS]
    if far:
        flags.append("-DFAR_ADDRESS=(uint32_t)(uintptr_t)tiny_far")
    sources = [*PMSIS, tmp_path / "main.c", tmp_path / "audio.c"]
    program = build_program(tmp_path, MODEL, sources, *flags)
    samples = np.random.default_rng(0).integers(-100, 100, 45).astype(np.int16)
    samples.tofile(tmp_path / "in.raw")
    done = run_program(program, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    padded = np.append(samples, np.zeros(3, np.int16)).reshape(-1, 8) * np.arange(1, 9)
    if role == "suppressor":
        np.testing.assert_array_equal(np.fromfile(tmp_path / "out.raw", np.int16), padded.reshape(-1)[:45])
    else:
        assert done.stdout == "word 7\n" * int((padded[:, 7] > 0).sum())
