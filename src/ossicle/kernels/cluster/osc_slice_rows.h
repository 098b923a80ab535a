/* SPDX-License-Identifier: Apache-2.0 */
/* As osc_slice.h, of integer matrices whose weights are row by row. */
#ifndef OSC_SLICE_ROWS_H
#define OSC_SLICE_ROWS_H

#include "osc_slice.h"

static inline osc_matrix_s4_t osc_take_rows_s4(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s4_t matrix = {*at, {0, 0, 0}, rows, columns};
    *at += osc_round_up(rows * ((columns + 1) / 2), 4);
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

static inline osc_matrix_s8_t osc_take_rows_s8(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s8_t matrix = {(const int8_t *)*at, {0, 0, 0}, rows, columns};
    *at += osc_round_up(rows * columns, 4);
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

static inline osc_matrix_s16_t osc_take_rows_s16(const uint8_t **at, int rows, int columns)
{
    osc_matrix_s16_t matrix = {(const int16_t *)(const void *)*at, {0, 0, 0}, rows, columns};
    *at += osc_round_up(2 * rows * columns, 4);
    matrix.requantization = osc_take_requantize(at, rows);
    return matrix;
}

#endif
