/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of blocks (osc_gather.h). Before this is included, osc_value_t is defined. */
#ifndef OSC_COPY_RUN_H
#define OSC_COPY_RUN_H

#include "osc_gather.h"
#include "osc_vectors.h"

/* Values side by side: 64 bytes at a time, the last ones by a mask. */
static inline void osc_copy_run(const osc_value_t *restrict from, osc_value_t *restrict to, int n)
{
#if OSC_WIDE == 16
    const int bytes = n * (int)sizeof *from;
    const uint8_t *const source = (const uint8_t *)from;
    uint8_t *const target = (uint8_t *)to;
    for (int i = 0; i < bytes; i += 64) {
        const __mmask64 mask = bytes - i < 64 ? ((uint64_t)1 << (bytes - i)) - 1 : UINT64_MAX;
        _mm512_mask_storeu_epi8(target + i, mask, _mm512_maskz_loadu_epi8(mask, source + i));
    }
#else
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
    }
#endif
}

static inline void osc_copy_block(const osc_block_t *b, const osc_value_t *restrict x, osc_value_t *restrict y)
{
    const int n = b->count[2], from_step = b->from_step[2], to_step = b->to_step[2];
    for (int i = 0; i < b->count[0]; i++) {
        const osc_value_t *from = x + b->from + i * b->from_step[0];
        osc_value_t *to = y + b->to + i * b->to_step[0];
        for (int j = 0; j < b->count[1]; j++, from += b->from_step[1], to += b->to_step[1]) {
            if (from_step == 1 && to_step == 1) {
                osc_copy_run(from, to, n);
                continue;
            }
            for (int k = 0; k < n; k++) {
                to[k * to_step] = from[k * from_step];
            }
        }
    }
}

#endif
