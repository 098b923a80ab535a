/* SPDX-License-Identifier: Apache-2.0 */
/* A slice of a tile read piece by piece: the rows that one worker computes, as ossicle.schedule.tiles lays them out. */
#ifndef OSC_SLICE_H
#define OSC_SLICE_H

#include "osc_kernels.h"
#include "osc_range_begin.h"

static inline int osc_round_up(int n, int to)
{
    return (n + to - 1) / to * to;
}

/* Where the slice of a worker begins in a tile of n units: the first ones have the bytes of `larger`. */
static inline const uint8_t *osc_slice(const uint8_t *tile, int n, int worker, int larger, int smaller)
{
    const int remainder = (int)((unsigned)n % OSC_WORKERS);
    return tile + worker * smaller + (worker < remainder ? worker : remainder) * (larger - smaller);
}

/* Each takes a matrix, and moves on behind it. Rows of packed weights are whole words. */
static inline osc_requantize_t osc_take_requantize(const uint8_t **at, int rows)
{
    const uint8_t *const bias = *at;
    const uint8_t *const multiplier = bias + 4 * rows;
    const uint8_t *const shift = multiplier + 4 * rows;
    const osc_requantize_t requantization = {
        (const int32_t *)(const void *)bias,
        (const int32_t *)(const void *)multiplier,
        shift
    };
    *at = shift + osc_round_up(rows, 4);
    return requantization;
}

static inline osc_matrix_s4_t osc_take_s4(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s4_t matrix = {*at, {0, 0, 0}, rows, columns};
    *at += rows * osc_round_up(columns, 8) / 2;
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

static inline osc_matrix_s8_t osc_take_s8(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s8_t matrix = {(const int8_t *)*at, {0, 0, 0}, rows, columns};
    *at += rows * osc_round_up(columns, 4);
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

static inline osc_matrix_s16_t osc_take_s16(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s16_t matrix = {(const int16_t *)(const void *)*at, {0, 0, 0}, rows, columns};
    *at += 2 * rows * osc_round_up(columns, 2);
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

static inline osc_matrix_f16_t osc_take_f16(const uint8_t **at, int rows, int columns)
{
    const uint8_t *const bias = *at + osc_round_up(2 * rows * columns, 4);
    const osc_matrix_f16_t matrix = {(const osc_half_t *)(const void *)*at, (const osc_half_t *)(const void *)bias,
                                     rows, columns};
    *at = bias + osc_round_up(2 * rows, 4);
    return matrix;
}

static inline osc_matrix_f32_t osc_take_f32(const uint8_t **at, int rows, int columns)
{
    const uint8_t *const bias = *at + 4 * rows * columns;
    const osc_matrix_f32_t matrix = {(const float *)(const void *)*at, (const float *)(const void *)bias, rows,
                                     columns};
    *at = bias + 4 * rows;
    return matrix;
}

#endif
