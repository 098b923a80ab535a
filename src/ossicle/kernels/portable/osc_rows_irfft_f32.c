/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_fourier.h"

/* osc_irfft with the last value of a spectrum still in x, since y has no room for it. */
void osc_rows_irfft_f32(const float *restrict x, float *restrict y, int rows, int count, const float *twiddle,
                        const uint16_t *swaps, osc_fft_odd_t *odd)
{
    const osc_fft_t config = {count, twiddle, swaps, odd};
    const float scale = 1.0f / (float)count;
    for (int row = 0; row < rows; row++, x += count + 2, y += count) {
        for (int i = 2; i < count; i++) {
            y[i] = x[i];
        }
        y[0] = scale * (x[0] + x[count]);
        y[1] = scale * (x[0] - x[count]);
        osc_irfft_join(&config, y, 1, count / 4 + 1);
        osc_fft(&config, y, -1.0f);
    }
}
