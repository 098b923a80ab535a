/* SPDX-License-Identifier: Apache-2.0 */
/* Kernels that all workers of a cluster compute together. Every worker calls them with the same arguments and its own
 * number; the results are those of the functions for one core, bit for bit. */
#ifndef OSC_PARALLEL_H
#define OSC_PARALLEL_H

#include "osc_kernels.h"
#include "osc_range_begin.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The complex transform. All of the data must be there before any worker calls it, and all of the result is when it
 * returns. */
void osc_parallel_fft(const osc_fft_t *config, float *data, float sign, int worker);

/* The forward transform of a hop. When it returns, all of the spectrum is there. Of `in` a worker reads its range
 * only. */
void osc_parallel_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum, int worker);

/* The inverse transform, to a hop. It begins with a barrier, so that each worker may have written its range of the
 * spectrum just before. When it returns, a worker has its own range of `out`; that of others must be waited for. */
void osc_parallel_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out, int worker);

#ifdef __cplusplus
}
#endif

#endif
