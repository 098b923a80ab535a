/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_vectors.h"

typedef int16_t osc_value_t;

#ifdef OSC_WIDE
#define OSC_SIDE 8

/* Eight words of two rows each, then of four, then of eight. */
static inline void osc_transpose(const int16_t *from, int from_step, int16_t *to, int to_step)
{
    __m128i row[8], pair[8], four[8];
    for (int i = 0; i < 8; i++) {
        row[i] = _mm_loadu_si128((const __m128i *)(const void *)(from + i * from_step));
    }
    for (int i = 0; i < 4; i++) {
        pair[2 * i] = _mm_unpacklo_epi16(row[2 * i], row[2 * i + 1]);
        pair[2 * i + 1] = _mm_unpackhi_epi16(row[2 * i], row[2 * i + 1]);
    }
    for (int i = 0; i < 2; i++) {
        for (int half = 0; half < 2; half++) {
            four[4 * i + 2 * half] = _mm_unpacklo_epi32(pair[4 * i + half], pair[4 * i + half + 2]);
            four[4 * i + 2 * half + 1] = _mm_unpackhi_epi32(pair[4 * i + half], pair[4 * i + half + 2]);
        }
    }
    for (int i = 0; i < 4; i++) {
        int16_t *const y = to + 2 * i * to_step;
        _mm_storeu_si128((__m128i *)(void *)y, _mm_unpacklo_epi64(four[i], four[i + 4]));
        _mm_storeu_si128((__m128i *)(void *)(y + to_step), _mm_unpackhi_epi64(four[i], four[i + 4]));
    }
}
#endif

#include "osc_copy_run.h"

void osc_copy_blocks_s16(const int32_t *blocks, int count, const int16_t *x, int16_t *y)
{
    for (int block = 0; block < count; block++) {
        osc_copy_block(osc_block_at(blocks, block), x, y);
    }
}
