/* The kernels: one function a file, the file named after it. docs/numerics.md is their specification.
 *
 * Vectors do not overlap unless a comment says so. Matrices are stored row by row, where the target's kernels
 * have no order of their own. Nothing here allocates, prints, recurses or keeps state of its own. */
#ifndef OSC_KERNELS_H
#define OSC_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Fails to compile where the condition, known at compile time, is false. */
#define OSC_STATIC_ASSERT(condition, name) typedef char name[(condition) ? 1 : -1]

typedef uint16_t osc_half_t; /* the bits of an IEEE half */

typedef struct {
    const float *weight;
    const float *bias;
    int rows, columns;
} osc_matrix_f32_t;

typedef struct {
    const osc_half_t *weight;
    const osc_half_t *bias;
    int rows, columns;
} osc_matrix_f16_t;

typedef struct {
    const int8_t *weight;
    const int32_t *bias;       /* in the accumulator's unit, with the operand's zero point folded in */
    const int32_t *multiplier; /* the result is the accumulator times multiplier / 2**shift, a row */
    const uint8_t *shift;
    int rows, columns;
} osc_matrix_s8_t;

typedef struct {
    const uint8_t *weight; /* pairs of four bits, the first one lower; each row ends with a whole byte */
    const int32_t *bias;
    const int32_t *multiplier;
    const uint8_t *shift;
    int rows, columns;
} osc_matrix_s4_t;

typedef struct {
    const int16_t *weight;
    const int32_t *bias;
    const int32_t *multiplier;
    const uint8_t *shift;
    int rows, columns;
} osc_matrix_s16_t;

typedef enum { OSC_NONE, OSC_RELU, OSC_SIGMOID } osc_activation_t;

typedef struct {
    osc_matrix_f32_t matrix;
    osc_activation_t activation;
} osc_linear_f32_t;

typedef struct {
    osc_matrix_f16_t matrix;
    osc_activation_t activation;
} osc_linear_f16_t;

typedef struct {
    osc_matrix_f32_t ih, hh;
} osc_rnn_f32_t;

typedef struct {
    osc_matrix_f16_t ih, hh;
} osc_rnn_f16_t;

/* Integer pre-activations of gates have 12 fraction bits and saturate at sixteen. */
#define OSC_GATE_FRACTION 12
#define OSC_GATE_LIMIT 65535
#define OSC_CELL_FRACTION 20

/* Matrix-vector products, with bias. The integer ones (weights of w bits, operands of a bits) rescale each
 * row and saturate the results to -limit ... limit. */
void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y);
void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y);
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t limit, int32_t *y);
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t limit, int32_t *y);
void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t limit, int32_t *y);
void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t limit, int32_t *y);

/* Dense layers. Scratch for f16: a float a row and a column. */
void osc_linear_f32(const osc_linear_f32_t *layer, const float *x, float *y);
void osc_linear_f16(const osc_linear_f16_t *layer, const osc_half_t *x, osc_half_t *y, float *scratch);

/* The n results of an integer product as codes of at least `low`: the zero point after a ReLU. */
void osc_saturate_s8(const int32_t *x, int8_t *y, int n, int32_t zero_point, int32_t low);
void osc_saturate_s16(const int32_t *x, int16_t *y, int n, int32_t low);

/* The logistic function of n pre-activations, in Q15. */
void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n);

/* Recurrent layers, one step; h and c are read and replaced. Scratch: a float for each row of both matrices,
 * then for f16 a float for each input or unit. */
void osc_gru_f32(const osc_rnn_f32_t *layer, const float *x, float *h, float *scratch);
void osc_gru_f16(const osc_rnn_f16_t *layer, const osc_half_t *x, osc_half_t *h, float *scratch);
void osc_lstm_f32(const osc_rnn_f32_t *layer, const float *x, float *h, float *c, float *scratch);
void osc_lstm_f16(const osc_rnn_f16_t *layer, const osc_half_t *x, osc_half_t *h, osc_half_t *c,
                  float *scratch);

/* The rest of an integer recurrent layer of n units. gates holds the results of the product with the input,
 * then of that with the state. The cell c has 20 fraction bits. */
void osc_gru_s16(const int32_t *gates, int16_t *h, int n);
void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n);

/* Conversions of n values. */
void osc_convert_f32_f16(const float *x, osc_half_t *y, int n);
void osc_convert_f16_f32(const osc_half_t *x, float *y, int n);
void osc_convert_f32_s8(const float *x, int8_t *y, int n, float steps_per_unit, int32_t zero_point);
void osc_convert_f32_s16(const float *x, int16_t *y, int n, float steps_per_unit);
void osc_convert_s8_f32(const int8_t *x, float *y, int n, float scale, int32_t zero_point);
void osc_convert_s16_f32(const int16_t *x, float *y, int n, float scale);
void osc_convert_s16_s8(const int16_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t zero_point);

/* Short-time Fourier transform. window is a multiple of hop and at most n_fft, a power of two. */
typedef struct {
    int window, hop, n_fft;
    const float *hann;     /* analysis window, `window` values */
    const float *twiddle;  /* cos and -sin of 2 pi k / n_fft for k < n_fft / 2, interleaved */
    float overlap_gain;    /* what the synthesis window is divided by */
} osc_stft_t;

/* Forward transform of n_fft real values, in place, into n_fft / 2 + 1 complex ones; the inverse undoes it. */
void osc_rfft(const osc_stft_t *config, float *data);
void osc_irfft(const osc_stft_t *config, float *data);

/* In-place complex transform of n_fft / 2 values; `sign` is 1 for the forward one, -1 for the inverse one. */
void osc_fft(const osc_stft_t *config, float *data, float sign);

/* Takes a hop of samples in; history keeps the `window - hop` samples before them. Samples that are not
 * finite count as zero, and others are limited to -16 ... 16, so that no input can spoil the state. */
void osc_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum);

/* Puts a hop of samples out; overlap keeps the sums of the `window - hop` samples after them. Spoils the
 * spectrum. */
void osc_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out);

/* Magnitudes of complex values; and each complex value times a real one, in place. */
void osc_magnitude(const float *spectrum, float *magnitude, int bins);
void osc_apply_mask(float *spectrum, const float *mask, int bins);

/* Samples of 16 bits to floats of -1 ... 1 and back, rounded and saturated. */
void osc_from_pcm16(const int16_t *in, float *out, int n);
void osc_to_pcm16(const float *in, int16_t *out, int n);

#ifdef __cplusplus
}
#endif

#endif
