/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of blocks (osc_gather.h). Before this is included, osc_value_t is defined, and where there are vectors OSC_SIDE
 * and osc_transpose(): a square of so many values a side, whose rows lie `from_step` and `to_step` values apart. */
#ifndef OSC_COPY_RUN_H
#define OSC_COPY_RUN_H

#include "osc_gather.h"
#include "osc_vectors.h"

/* Values side by side, in their order: no vector is written before it has been read, and none is read again. */
static inline void osc_copy_run(const osc_value_t *from, osc_value_t *to, int n)
{
#if OSC_WIDE == 16
    const int bytes = n * (int)sizeof *from;
    const uint8_t *const source = (const uint8_t *)from;
    uint8_t *const target = (uint8_t *)to;
    for (int i = 0; i < bytes; i += 64) {
        const __mmask64 mask = bytes - i < 64 ? ((uint64_t)1 << (bytes - i)) - 1 : UINT64_MAX;
        _mm512_mask_storeu_epi8(target + i, mask, _mm512_maskz_loadu_epi8(mask, source + i));
    }
#elif OSC_WIDE == 8
    const int bytes = n * (int)sizeof *from;
    const uint8_t *const source = (const uint8_t *)from;
    uint8_t *const target = (uint8_t *)to;
    int i = 0;
    for (; i + 128 <= bytes; i += 128) {
        __m256i value[4];
        for (int part = 0; part < 4; part++) {
            value[part] = _mm256_loadu_si256((const __m256i *)(const void *)(source + i + 32 * part));
        }
        for (int part = 0; part < 4; part++) {
            _mm256_storeu_si256((__m256i *)(void *)(target + i + 32 * part), value[part]);
        }
    }
    for (; i + 16 <= bytes; i += 16) {
        osc_put_bytes(target + i, osc_get_bytes(source + i, 16), 16);
    }
    if (i < bytes) {
        osc_put_bytes(target + i, osc_get_bytes(source + i, bytes - i), bytes - i);
    }
#else
    for (int i = 0; i < n; i++) {
        to[i] = from[i];
    }
#endif
}

/* Axes of a block, of which one is dense in x and the other in y. `near` is the axis that is dense in x. */
static inline void osc_copy_transposed(const osc_value_t *from, osc_value_t *to, int near, int far, int from_step,
                                       int to_step)
{
    int i = 0;
#ifdef OSC_WIDE
    for (; i + OSC_SIDE <= near; i += OSC_SIDE) {
        int j = 0;
        for (; j + OSC_SIDE <= far; j += OSC_SIDE) {
            osc_transpose(from + j * from_step + i, from_step, to + i * to_step + j, to_step);
        }
        for (; j < far; j++) {
            for (int k = i; k < i + OSC_SIDE; k++) {
                to[k * to_step + j] = from[j * from_step + k];
            }
        }
    }
#endif
    for (; i < near; i++) {
        for (int j = 0; j < far; j++) {
            to[i * to_step + j] = from[j * from_step + i];
        }
    }
}

/* Whether all that a block reads lies on one side of all that it writes, and its steps are positive. */
static inline int osc_apart(const osc_block_t *b, const osc_value_t *x, const osc_value_t *y)
{
    int read = 0, written = 0, positive = 1;
    for (int axis = 0; axis < 3; axis++) {
        read += (b->count[axis] - 1) * b->from_step[axis];
        written += (b->count[axis] - 1) * b->to_step[axis];
        positive &= b->from_step[axis] >= 0 && b->to_step[axis] >= 0;
    }
    const osc_value_t *const from = x + b->from, *const to = y + b->to;
    return positive && (from + read < to || to + written < from);
}

static inline void osc_copy_block(const osc_block_t *b, const osc_value_t *x, osc_value_t *y)
{
    const int rows = b->count[1], n = b->count[2], from_step = b->from_step[2], to_step = b->to_step[2];
    const int dense = from_step == 1 && to_step == 1;
    const int far_rows = b->from_step[1] == 1 && to_step == 1, far_columns = from_step == 1 && b->to_step[1] == 1;
    const int transposed = !dense && (far_rows || far_columns) && osc_apart(b, x, y);
    for (int i = 0; i < b->count[0]; i++) {
        const osc_value_t *from = x + b->from + i * b->from_step[0];
        osc_value_t *to = y + b->to + i * b->to_step[0];
        if (transposed && far_rows) {
            osc_copy_transposed(from, to, rows, n, from_step, b->to_step[1]);
            continue;
        }
        if (transposed) {
            osc_copy_transposed(from, to, n, rows, b->from_step[1], to_step);
            continue;
        }
        for (int j = 0; j < rows; j++, from += b->from_step[1], to += b->to_step[1]) {
            if (dense) {
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
