/* SPDX-License-Identifier: Apache-2.0 */
/* In the layout of quads. With products of bytes, 128 is added to an operand, which then has no sign; what that adds to the
 * sum of a row is 128 times the sum of its weights. Other processors make two pairs of 16 bits of each four bytes. */
#include "osc_quads.h"

#ifdef OSC_WIDE
typedef osc_matrix_s8_t osc_tiled_t;
typedef int8_t osc_operand_t;
typedef int32_t osc_sum_t;
#define OSC_VECTORS_OF_EIGHT 1
#define OSC_OPERANDS 8
#define OSC_VECTORS 2

#include "osc_tiles.h"

#ifdef OSC_ADDS_BYTES
typedef osc_ints_t osc_bytes_t;

OSC_INLINE osc_bytes_t osc_weights(osc_ints_t bytes)
{
    return bytes;
}

OSC_INLINE osc_bytes_t osc_columns(int32_t bytes)
{
    return osc_flip(OSC_OP(set1_epi32)(bytes), OSC_OP(set1_epi8)(-128));
}

OSC_INLINE osc_ints_t osc_add_products(osc_ints_t sum, osc_bytes_t x, osc_bytes_t weights)
{
    return osc_add_bytes(sum, x, weights);
}
#else
typedef struct {
    osc_ints_t even, odd;
} osc_bytes_t;

OSC_INLINE osc_bytes_t osc_weights(osc_ints_t bytes)
{
    const osc_ints_t even = OSC_OP(srai_epi16)(OSC_OP(slli_epi16)(bytes, 8), 8);
    return (osc_bytes_t){even, OSC_OP(srai_epi16)(bytes, 8)};
}

OSC_INLINE osc_bytes_t osc_columns(int32_t bytes)
{
    return osc_weights(OSC_OP(set1_epi32)(bytes));
}

OSC_INLINE osc_ints_t osc_add_products(osc_ints_t sum, osc_bytes_t x, osc_bytes_t weights)
{
    return osc_add_pairs(osc_add_pairs(sum, x.even, weights.even), x.odd, weights.odd);
}
#endif

/* `count` of four columns, and zeros. */
OSC_INLINE int32_t osc_last_columns(const int8_t *x, int count)
{
    uint32_t bytes = 0;
    for (int c = 0; c < count; c++) {
        bytes |= (uint32_t)(uint8_t)x[c] << 8 * c;
    }
    return (int32_t)bytes;
}

/* The products of four columns of each operand. */
OSC_INLINE void osc_add_four(osc_ints_t sum[OSC_OPERANDS][OSC_VECTORS], const int8_t *weight, int vectors, int n,
                             const int32_t *bytes, int operands)
{
    osc_bytes_t weights[OSC_VECTORS];
    for (int v = 0; v < vectors; v++) {
        weights[v] = osc_weights(osc_get_words(weight + 4 * v * OSC_WIDE, v + 1 < vectors ? OSC_WIDE : n));
    }
    for (int i = 0; i < operands; i++) {
        const osc_bytes_t four = osc_columns(bytes[i]);
        for (int v = 0; v < vectors; v++) {
            sum[i][v] = osc_add_products(sum[i][v], four, weights[v]);
        }
    }
}

OSC_INLINE void osc_tile(const osc_matrix_s8_t *matrix, int row, int vectors, int n, const osc_operands_t *of,
                         int first, int operands)
{
    const int place = row % OSC_BLOCK_ROWS, step = 4 * osc_block_rows(matrix->rows, row - place);
    const int columns = matrix->columns;
    const int8_t *weight = matrix->weight + (row - place) * osc_whole_columns(columns) + 4 * place;
    const int8_t *const x = of->x + first * of->x_step;
    int32_t *const y = of->y + first * of->y_step + row;
    osc_ints_t sum[OSC_OPERANDS][OSC_VECTORS];
    for (int v = 0; v < vectors; v++) {
        osc_ints_t start = OSC_OP(set1_epi32)(0);
#ifdef OSC_ADDS_BYTES
        const int8_t *const added = osc_sums_of_rows(matrix) + 4 * (row + v * OSC_WIDE);
        start = OSC_OP(sub_epi32)(start, osc_get_words(added, v + 1 < vectors ? OSC_WIDE : n));
#endif
        for (int i = 0; i < operands; i++) {
            sum[i][v] = start;
        }
    }
    int32_t bytes[OSC_OPERANDS];
    int c = 0;
    for (; c + 4 <= columns; c += 4, weight += step) {
        for (int i = 0; i < operands; i++) {
            __builtin_memcpy(&bytes[i], x + i * of->x_step + c, sizeof bytes[i]);
        }
        osc_add_four(sum, weight, vectors, n, bytes, operands);
    }
    if (c < columns) {
        for (int i = 0; i < operands; i++) {
            bytes[i] = osc_last_columns(x + i * of->x_step + c, columns - c);
        }
        osc_add_four(sum, weight, vectors, n, bytes, operands);
    }
    for (int i = 0; i < operands; i++) {
        for (int v = 0; v < vectors; v++) {
            osc_put_ints(y + i * of->y_step + v * OSC_WIDE, sum[i][v], v + 1 < vectors ? OSC_WIDE : n);
        }
    }
}
#endif

/* The emitter has proved that no accumulator overflows. */
void osc_matmat_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int x_step, int count, int32_t *y, int y_step)
{
#ifdef OSC_WIDE
    for (int row = 0; row < matrix->rows; row += OSC_BLOCK_ROWS) {
        const int end = row + osc_block_rows(matrix->rows, row);
        osc_tiles_of_rows(matrix, row, end, &(osc_operands_t){x, x_step, count, y, y_step});
    }
#else
    for (int i = 0; i < count; i++, x += x_step, y += y_step) {
        for (int row = 0; row < matrix->rows; row++) {
            int32_t sum = 0;
            for (int c = 0; c < matrix->columns; c++) {
                sum += osc_weight_at(matrix, row, c) * x[c];
            }
            y[row] = sum;
        }
    }
#endif
}
