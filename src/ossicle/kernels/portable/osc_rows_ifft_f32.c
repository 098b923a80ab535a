/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fourier.h"

void osc_rows_ifft_f32(const float *restrict x, float *restrict y, int rows, int count, const float *twiddle,
                       const uint16_t *swaps, osc_fft_odd_t *odd)
{
    const osc_fft_t config = {2 * count, twiddle, swaps, odd};
    const float scale = 1.0f / (float)count;
    for (int row = 0; row < rows; row++, x += 2 * count, y += 2 * count) {
        for (int i = 0; i < 2 * count; i++) {
            y[i] = x[i] * scale;
        }
        osc_fft(&config, y, -1.0f);
    }
}
