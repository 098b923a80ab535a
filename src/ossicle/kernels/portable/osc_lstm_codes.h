/* SPDX-License-Identifier: Apache-2.0 */
/* A step of an LSTM of n units with a cell of int16, in the integers of other runtimes. sums has the gates i, f, g, o of
 * the product with the input, then those of the product with the state, each with 12 fraction bits. The cell has
 * `cell_bits` integer bits and is limited to -clip ... clip; a product of two fractions becomes h by
 * multiplier / 2**shift, and its zero point. */
#ifndef OSC_LSTM_CODES_H
#define OSC_LSTM_CODES_H

#include "osc_kernels.h"

void osc_lstm_codes_float32_s8(const int32_t *sums, int8_t *h, int16_t *c, int n, int cell_bits, int32_t clip,
                               int32_t multiplier, uint8_t shift, int32_t zero_point);
void osc_lstm_codes_twice_s8(const int32_t *sums, int8_t *h, int16_t *c, int n, int cell_bits, int32_t clip,
                             int32_t add_multiplier, uint8_t add_shift, int32_t multiplier, uint8_t shift,
                             int32_t zero_point);
void osc_lstm_codes_twice_s16(const int32_t *sums, int16_t *h, int16_t *c, int n, int cell_bits, int32_t clip,
                              int32_t add_multiplier, uint8_t add_shift, int32_t multiplier, uint8_t shift,
                              int32_t zero_point);

#endif
