/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of values from one vector to places in another one. */
#ifndef OSC_GATHER_H
#define OSC_GATHER_H

#include "osc_kernels.h"

/* Three nested loops over values at even distances, the innermost loop last. */
typedef struct {
    int32_t from, to; /* the first value of the vector that is read, and of the one that is written */
    int32_t count[3];
    int32_t from_step[3];
    int32_t to_step[3];
} osc_block_t;

/* Tables hold blocks as bare numbers. */
static inline const osc_block_t *osc_block_at(const int32_t *blocks, int i)
{
    return (const osc_block_t *)(const void *)blocks + i;
}

/* Copies `count` blocks, value by value in their order: x and y may overlap. */
void osc_copy_blocks_f32(const int32_t *blocks, int count, const float *x, float *y);
void osc_copy_blocks_f16(const int32_t *blocks, int count, const osc_half_t *x, osc_half_t *y);
void osc_copy_blocks_s8(const int32_t *blocks, int count, const int8_t *x, int8_t *y);
void osc_copy_blocks_s16(const int32_t *blocks, int count, const int16_t *x, int16_t *y);

/* Writes a value to all places of `count` blocks. */
void osc_fill_blocks_f32(const int32_t *blocks, int count, float value, float *y);
void osc_fill_blocks_f16(const int32_t *blocks, int count, osc_half_t value, osc_half_t *y);
void osc_fill_blocks_s8(const int32_t *blocks, int count, int8_t value, int8_t *y);
void osc_fill_blocks_s16(const int32_t *blocks, int count, int16_t value, int16_t *y);

/* Copies `count` single values in their order: x and y may overlap. A list has the place in x and the place in y of
 * each. */
void osc_copy_list_f32(const uint16_t *list, int count, const float *x, float *y);
void osc_copy_list_f16(const uint16_t *list, int count, const osc_half_t *x, osc_half_t *y);
void osc_copy_list_s8(const uint16_t *list, int count, const int8_t *x, int8_t *y);
void osc_copy_list_s16(const uint16_t *list, int count, const int16_t *x, int16_t *y);

#endif
