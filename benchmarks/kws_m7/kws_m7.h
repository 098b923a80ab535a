/* What the convolutions of the study share: their types, and the sizes of the network.
 *
 * KWS_WEIGHTS: 0 for floats, else the bits of an integer weight, whose operands and results have 16 bits.
 * KWS_LANES: columns that are multiplied at once; 2 is for SMLAD and weights that are integers.
 * KWS_SKIP: 1 to test each weight, and to leave out those that are zero. */
#ifndef KWS_M7_H
#define KWS_M7_H

#include "osc_rescale.h"
#include "osc_smlad.h"

/* A window is 8 mel bands of 30 frames each, and the next one begins 4 bands further. */
#define KWS_POSITIONS 9
#define KWS_VECTOR 30
#define KWS_STEP (4 * KWS_VECTOR)

/* Windows whose sums are kept in registers: all in those for floats; more integers than 3 are spilled. */
#if KWS_WEIGHTS == 0
#define KWS_TILE KWS_POSITIONS
#else
#define KWS_TILE 3
#endif

#if KWS_WEIGHTS == 0

typedef float kws_value_t, kws_weight_t, kws_sum_t, kws_weights_t;
typedef osc_matrix_f32_t kws_matrix_t;

static inline kws_sum_t kws_start(const kws_matrix_t *matrix, int row)
{
    return matrix->bias[row];
}

static inline kws_value_t kws_result(const kws_matrix_t *matrix, int row, kws_sum_t sum)
{
    (void)matrix, (void)row;
    return sum > 0.0f ? sum : 0.0f;
}

#else

typedef int16_t kws_value_t;
typedef int32_t kws_sum_t, kws_weights_t;
#if KWS_WEIGHTS == 8
typedef int8_t kws_weight_t;
typedef osc_matrix_s8_t kws_matrix_t;
#else
typedef int16_t kws_weight_t;
typedef osc_matrix_s16_t kws_matrix_t;
#endif

static inline kws_sum_t kws_start(const kws_matrix_t *matrix, int row)
{
    (void)matrix, (void)row;
    return 0;
}

static inline osc_requantize_t kws_requantization(const kws_matrix_t *matrix, int row)
{
    const osc_requantize_t *const all = &matrix->requantization;
    const osc_requantize_t from_row = {all->bias + row, all->multiplier + row, all->shift + row};
    return from_row;
}

static inline kws_value_t kws_result(const kws_matrix_t *matrix, int row, kws_sum_t sum)
{
    const osc_requantize_t requantization = kws_requantization(matrix, row);
    return (kws_value_t)osc_clamp_s32(osc_rescale_row(&requantization, &sum, 0), 0, INT16_MAX);
}

#endif

/* The weights of KWS_LANES columns, as kws_add takes them. */
static inline kws_weights_t kws_load(const kws_weight_t *weights)
{
#if KWS_LANES == 1
    return *weights;
#elif KWS_WEIGHTS == 8
    return (int32_t)((uint32_t)(uint16_t)weights[0] | (uint32_t)weights[1] << 16);
#else
    return (int32_t)osc_load_word(weights);
#endif
}

static inline kws_sum_t kws_add(kws_sum_t sum, kws_weights_t weights, const kws_value_t *x)
{
#if KWS_LANES == 1
    return sum + weights * *x;
#else
    return OSC_SMLAD((uint32_t)weights, osc_load_word(x), sum);
#endif
}

/* The convolutions, with ReLU: x holds the patch, y filters beside each other at each window. */
void kws_output_major(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y);
void kws_weight_prioritized(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y);
void kws_row_blocks(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y);

/* Weights are those that are not zero alone; count[r] tells how many of row r, and column where each belongs. */
void kws_nonzeros(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y, const uint8_t *column,
                  const uint8_t *count);

/* Weights are those of the vectors that are there alone; bit v of present[r] tells whether v of row r is. */
void kws_vectors(const kws_matrix_t *matrix, const kws_value_t *x, kws_value_t *y, const uint8_t *present);

#endif
