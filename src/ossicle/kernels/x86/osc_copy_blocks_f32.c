/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

typedef float osc_value_t;

#ifdef OSC_WIDE
#define OSC_SIDE 4

static inline void osc_transpose(const float *from, int from_step, float *to, int to_step)
{
    __m128 a = _mm_loadu_ps(from), b = _mm_loadu_ps(from + from_step);
    __m128 c = _mm_loadu_ps(from + 2 * from_step), d = _mm_loadu_ps(from + 3 * from_step);
    _MM_TRANSPOSE4_PS(a, b, c, d);
    _mm_storeu_ps(to, a);
    _mm_storeu_ps(to + to_step, b);
    _mm_storeu_ps(to + 2 * to_step, c);
    _mm_storeu_ps(to + 3 * to_step, d);
}
#endif

#include "osc_copy_run.h"

void osc_copy_blocks_f32(const int32_t *blocks, int count, const float *x, float *y)
{
    for (int block = 0; block < count; block++) {
        osc_copy_block(osc_block_at(blocks, block), x, y);
    }
}
