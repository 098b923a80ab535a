/* SPDX-License-Identifier: Apache-2.0 */
/* Features in fixed point, bit for bit those of ossicle.audio.microfrontend. */
#ifndef OSC_MICROFRONTEND_H
#define OSC_MICROFRONTEND_H

#include "osc_kernels.h"

/* A Fourier transform of n real values of 16 bits, n a power of two of at least 8. Factors are cosine and sine, with
 * 15 fraction bits: n / 2 of the stages, n / 4 of what follows them. */
typedef struct {
    int n;
    const int16_t *twiddle;
    const int16_t *split;
} osc_fixed_fft_t;

/* The first n / 2 + 1 complex values of the spectrum, divided by n. */
void osc_fixed_rfft(const osc_fixed_fft_t *config, const int16_t *x, int16_t *spectrum);

/* Tables are those of ossicle.audio.microfrontend_tables. Bins lie in stretches between the centres of channels, of
 * which there is one more than channels. */
typedef struct {
    osc_fixed_fft_t fft;
    int window, channels;
    const int16_t *hann;      /* 12 fraction bits */
    const int16_t *first;     /* of each stretch, the first bin and how many there are */
    const int16_t *count;
    const int16_t *rising;    /* what a bin gives to the channel whose centre ends its stretch, 12 fraction bits */
    const int16_t *falling;   /* and to the one whose centre begins it */
    const uint16_t *smoothing; /* of even and odd channels, and the least signal, 14 fraction bits */
    int smoothing_bits, correction_bits, gain_shift, log_shift;
    const int16_t *gain;      /* 0 where gains are not controlled */
    const uint16_t *log;
} osc_microfrontend_t;

/* The features of `window` samples; noise has a value for each channel. Scratch: n values of 16 bits for the samples
 * and n + 2 for the spectrum, and a value for each channel. */
void osc_microfrontend(const osc_microfrontend_t *config, const int16_t *samples, uint32_t *noise, int16_t *padded,
                       int16_t *spectrum, uint32_t *magnitudes, uint16_t *features);

/* Its steps: weighted samples, padded with zeros and shifted up as far as there is room, which is returned; magnitudes
 * of the channels, shifted back; less the noise, and times their gains; logarithms. */
int osc_micro_window(const osc_microfrontend_t *config, const int16_t *samples, int16_t *padded);
void osc_micro_channels(const osc_microfrontend_t *config, const int16_t *spectrum, int shift, uint32_t *magnitudes);
void osc_micro_reduce_noise(const osc_microfrontend_t *config, uint32_t *noise, uint32_t *magnitudes);
void osc_micro_control_gain(const osc_microfrontend_t *config, const uint32_t *noise, uint32_t *magnitudes);
void osc_micro_log(const osc_microfrontend_t *config, const uint32_t *magnitudes, uint16_t *features);

/* Bits up to the highest one that is set. */
static inline int osc_bit_length(uint32_t x)
{
    int bits = 0;
    for (int step = 16; step > 0; step /= 2) {
        if (x >> step) {
            x >>= step;
            bits += step;
        }
    }
    return bits + (x ? 1 : 0);
}

#endif
