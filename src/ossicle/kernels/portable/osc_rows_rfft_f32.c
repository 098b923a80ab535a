/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fourier.h"

void osc_rows_rfft_f32(const float *restrict x, float *restrict y, int rows, int count, const float *twiddle,
                       const uint16_t *swaps, osc_fft_odd_t *odd)
{
    const osc_fft_t config = {count, twiddle, swaps, odd};
    for (int row = 0; row < rows; row++, x += count, y += count + 2) {
        for (int i = 0; i < count; i++) {
            y[i] = x[i];
        }
        osc_rfft(&config, y);
    }
}
