/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OSC_FOURIER_H
#define OSC_FOURIER_H

#include "osc_kernels.h"

/* Fourier transforms of `rows` rows, from x to y. The forward and the inverse transform of `count` real values, of which
 * a spectrum has count / 2 + 1 complex ones, and those of `count` complex values. Inverse transforms are divided by
 * count. The rest is that of osc_fft_t, with n_fft being count for real values and 2 * count for complex ones. */
void osc_rows_rfft_f32(const float *x, float *y, int rows, int count, const float *twiddle, const uint16_t *swaps,
                       osc_fft_odd_t *odd);
void osc_rows_irfft_f32(const float *x, float *y, int rows, int count, const float *twiddle, const uint16_t *swaps,
                        osc_fft_odd_t *odd);
void osc_rows_fft_f32(const float *x, float *y, int rows, int count, const float *twiddle, const uint16_t *swaps,
                      osc_fft_odd_t *odd);
void osc_rows_ifft_f32(const float *x, float *y, int rows, int count, const float *twiddle, const uint16_t *swaps,
                       osc_fft_odd_t *odd);

#endif
