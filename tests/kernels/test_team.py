"""Kernels of a whole team against those of one core: the same bits, whatever the size, and no race."""

import pytest
from cluster import KERNELS, THREADS, build_program, race_detector, run_program

from ossicle.audio.fourier import swaps

__all__ = ["race_detector"]

PORTABLE = [
    path
    for name in ("fft", "stft", "magnitude", "follow_level", "compress", "apply_mask", "pcm16")
    for path in sorted((KERNELS / "portable").glob(f"osc_*{name}*.c"))
]
TEAM = sorted((KERNELS / "cluster").glob("osc_parallel_*.c"))

HOPS = """
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "osc_parallel.h"

#define LARGEST 1024

typedef struct {
    osc_stft_t stft;
    float history[LARGEST], overlap[LARGEST], spectrum[LARGEST + 2], magnitude[LARGEST / 2 + 1];
    float level, compressed[LARGEST / 2 + 1];
    float samples_in[LARGEST], samples_out[LARGEST];
    int16_t in[LARGEST], out[LARGEST];
} stream_t;

static float hann[LARGEST], synthesis[LARGEST], twiddle[LARGEST], mask[LARGEST / 2 + 1];
static uint16_t swaps[LARGEST / 2];

/* What a program emitted for a cluster does in its front end and its back end. */
static void front_end(void *argument, int worker)
{
    stream_t *const s = argument;
    if (worker == OSC_WORKERS) {
        return;
    }
    const int begin = osc_range_begin(s->stft.hop, worker), end = osc_range_begin(s->stft.hop, worker + 1);
    const int bins = s->stft.fft.n_fft / 2 + 1;
    const int low = osc_range_begin(bins, worker), high = osc_range_begin(bins, worker + 1);
    osc_from_pcm16(s->in + begin, s->samples_in + begin, end - begin);
    osc_parallel_stft(&s->stft, s->history, s->samples_in, s->spectrum, worker);
    osc_magnitude(s->spectrum + 2 * low, s->magnitude + low, high - low);
    if (worker == 0) {
        osc_follow_level(s->history + s->stft.window - 2 * s->stft.hop, s->stft.hop, 0.1f, 0.003f, &s->level);
    }
    osc_barrier();
    osc_compress(s->spectrum + 2 * low, s->level, s->compressed + low, high - low);
}

static void back_end(void *argument, int worker)
{
    stream_t *const s = argument;
    if (worker == OSC_WORKERS) {
        return;
    }
    const int begin = osc_range_begin(s->stft.hop, worker), end = osc_range_begin(s->stft.hop, worker + 1);
    const int bins = s->stft.fft.n_fft / 2 + 1;
    const int low = osc_range_begin(bins, worker), high = osc_range_begin(bins, worker + 1);
    osc_apply_mask(s->spectrum + 2 * low, mask + low, high - low);
    osc_parallel_istft(&s->stft, s->spectrum, s->overlap, s->samples_out, worker);
    osc_to_pcm16(s->samples_out + begin, s->out + begin, end - begin);
}

static void one_core(stream_t *s)
{
    osc_from_pcm16(s->in, s->samples_in, s->stft.hop);
    osc_stft(&s->stft, s->history, s->samples_in, s->spectrum);
    osc_magnitude(s->spectrum, s->magnitude, s->stft.fft.n_fft / 2 + 1);
    osc_follow_level(s->history + s->stft.window - 2 * s->stft.hop, s->stft.hop, 0.1f, 0.003f, &s->level);
    osc_compress(s->spectrum, s->level, s->compressed, s->stft.fft.n_fft / 2 + 1);
    osc_apply_mask(s->spectrum, mask, s->stft.fft.n_fft / 2 + 1);
    osc_istft(&s->stft, s->spectrum, s->overlap, s->samples_out);
    osc_to_pcm16(s->samples_out, s->out, s->stft.hop);
}

int main(int count, char **arguments)
{
    static stream_t team, alone;
    const int window = atoi(arguments[1]), hop = atoi(arguments[2]), n_fft = atoi(arguments[3]);
    const osc_fft_t fft = {n_fft, twiddle, count > 4 ? swaps : 0, count > 4 ? osc_fft_odd : 0};
    const osc_stft_t stft = {fft, window, hop, hann, synthesis, 1.5f};
    const double turn = 6.283185307179586;
    for (int i = 4; i < count; i++) {
        swaps[i - 4] = (uint16_t)atoi(arguments[i]);
    }
    for (int i = 0; i < window; i++) {
        hann[i] = (float)(0.5 - 0.5 * cos(turn * i / window));
        synthesis[i] = hann[i] + 0.5f;
    }
    for (int k = 0; k < n_fft / 2; k++) {
        twiddle[2 * k] = (float)cos(turn * k / n_fft);
        twiddle[2 * k + 1] = (float)-sin(turn * k / n_fft);
    }
    memcpy(&team.stft, &stft, sizeof stft);
    memcpy(&alone.stft, &stft, sizeof stft);
    srand(1);
    for (int frame = 0; frame < 6; frame++) {
        for (int i = 0; i < hop; i++) {
            team.in[i] = alone.in[i] = (int16_t)(rand() % 65536 - 32768);
        }
        for (int i = 0; i <= n_fft / 2; i++) {
            mask[i] = (float)(rand() % 1000) / 1000.0f;
        }
        osc_fork(front_end, &team);
        osc_fork(back_end, &team);
        one_core(&alone);
        if (memcmp(&team, &alone, sizeof team) != 0) {
            printf("frame %d differs\\n", frame);
            return 1;
        }
    }
    return 0;
}
"""


@pytest.mark.parametrize("workers", range(1, 9))
def test_a_team_gives_the_bits_of_one_core(tmp_path, race_detector, workers):
    sources = [THREADS, *TEAM, *PORTABLE]
    program = build_program(tmp_path, HOPS, sources, f"-DOSC_WORKERS={workers}", race_detector)
    for transform in (
        (400, 100, 512),
        (64, 16, 64),
        (8, 4, 8),
        (512, 256, 1024),
        (300, 110, 480),
        (18, 9, 18),
    ):
        done = run_program(program, *map(str, (*transform, *swaps(transform[-1]))))
        assert done.returncode == 0, (transform, done.stdout + done.stderr)
