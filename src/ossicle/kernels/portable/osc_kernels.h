/* SPDX-License-Identifier: Apache-2.0 */
/* The kernels: one function a file, the file named after it. docs/numerics.md is their specification.
 *
 * Vectors do not overlap unless a comment says so. Matrices are stored row by row, where the target's kernels
 * have no order of their own. Nothing here allocates, prints, recurses or keeps state of its own. */
#ifndef OSC_KERNELS_H
#define OSC_KERNELS_H

#include <limits.h>
#include <stdint.h>

#include "osc_names.h"

/* Tables of several bytes a value are read as they lie in memory. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "the byte order is big-endian: these kernels are for little-endian processors"
#endif
#if INT_MAX < 2147483647
#error "int has less than 32 bits: these kernels are for processors of 32 bits or more"
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Fails to compile where the condition, known at compile time, is false. */
#define OSC_STATIC_ASSERT(condition, name) typedef char name[(condition) ? 1 : -1]

/* Each layer stays a function of its own, so that a profile tells them apart. */
#ifdef __GNUC__
#define OSC_LAYER __attribute__((noinline))
#else
#define OSC_LAYER
#endif

/* Stands behind the declaration of a table of weights: on PCs it begins with a cache line, as much as AVX-512 reads at
 * once. */
#if defined(__GNUC__) && defined(__x86_64__)
#define OSC_TABLE __attribute__((aligned(64)))
#else
#define OSC_TABLE
#endif

/* Stands before a loop that would take much more code unrolled, and hardly less time. */
#ifdef __clang__
#define OSC_ROLLED _Pragma("clang loop unroll(disable)")
#else
#define OSC_ROLLED
#endif

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

/* What the integer sums of rows become: sum + bias, times multiplier / 2**shift. */
typedef struct {
    const int32_t *bias; /* in the sums' unit, with the operand's zero point folded in */
    const int32_t *multiplier;
    const uint8_t *shift;
} osc_requantize_t;

typedef struct {
    const int8_t *weight;
    osc_requantize_t requantization;
    int rows, columns;
} osc_matrix_s8_t;

typedef struct {
    const uint8_t *weight; /* pairs of four bits, the first one lower; each row ends with a whole byte */
    osc_requantize_t requantization;
    int rows, columns;
} osc_matrix_s4_t;

typedef struct {
    const int16_t *weight;
    osc_requantize_t requantization;
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

/* Integer pre-activations of gates have 12 fraction bits and saturate at sixteen. */
#define OSC_GATE_FRACTION 12
#define OSC_GATE_LIMIT 65535
#define OSC_CELL_FRACTION 20

/* Matrix-vector products: in floats with bias; in integers (weights of w bits, operands of a bits) the bare sums,
 * which osc_requantize_... turns into results. */
void osc_matvec_f32(const osc_matrix_f32_t *matrix, const float *x, float *y);
void osc_matvec_f16(const osc_matrix_f16_t *matrix, const float *x, float *y);
void osc_matvec_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int32_t *y);
void osc_matvec_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_w4a16(const osc_matrix_s4_t *matrix, const int16_t *x, int32_t *y);
void osc_matvec_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int32_t *y);

/* The same with `count` operands that lie x_step apart, their results y_step apart; both may be negative. These
 * matrices are stored column by column. */
void osc_matmat_f32(const osc_matrix_f32_t *matrix, const float *x, int x_step, int count, float *y, int y_step);
void osc_matmat_w8a8(const osc_matrix_s8_t *matrix, const int8_t *x, int x_step, int count, int32_t *y, int y_step);
void osc_matmat_w8a16(const osc_matrix_s8_t *matrix, const int16_t *x, int x_step, int count, int32_t *y, int y_step);
void osc_matmat_w16a16(const osc_matrix_s16_t *matrix, const int16_t *x, int x_step, int count, int32_t *y, int y_step);

/* Results of the sums of n rows: activated, in halves; as codes of at least `low`, the zero point after a ReLU; or,
 * in place, limited to -limit ... limit. The lowest code of 16 bits is 0 after a ReLU and INT16_MIN otherwise. */
void osc_activate_f16(const float *sums, int n, osc_activation_t activation, osc_half_t *y);
void osc_requantize_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                       int32_t low, int8_t *y);
void osc_requantize_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low, int16_t *y);
void osc_requantize_s32(const osc_requantize_t *requantization, int32_t *sums, int n, int32_t limit);

/* The same, rounded as other runtimes do: the product of single-precision floats to nearest, halves to even, where a
 * multiplier has 24 bits that are not zero; or the upper half of the doubled product, then a shift. */
void osc_requantize_float32_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                               int32_t low, int8_t *y);
void osc_requantize_float32_s16(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t low,
                                int16_t *y);
void osc_requantize_twice_s8(const osc_requantize_t *requantization, const int32_t *sums, int n, int32_t zero_point,
                             int32_t low, int8_t *y);
void osc_requantize_twice_s32(const osc_requantize_t *requantization, int32_t *sums, int n);

/* Dense layers. Scratch for f16: a float a row and a column. */
void osc_linear_f32(const osc_linear_f32_t *layer, const float *x, float *y);
void osc_linear_f16(const osc_linear_f16_t *layer, const osc_half_t *x, osc_half_t *y, float *scratch);

/* A dense layer at several positions, as osc_matmat_f32. */
void osc_linear_positions_f32(const osc_linear_f32_t *layer, const float *x, int x_step, int count, float *y, int y_step);

/* Products of activations, for each of a batch: a of m x k times b of k x n, or times the transpose of b of n x k.
 * Codes of sums are times multiplier / 2**shift. */
typedef struct {
    int batch, m, k, n;
    int transposed;
} osc_matmul_t;

void osc_matmul_f32(const osc_matmul_t *shape, const float *a, const float *b, float *y);
void osc_matmul_s8(const osc_matmul_t *shape, const int8_t *a, const int8_t *b, int8_t *y, int32_t a_zero_point,
                   int32_t b_zero_point, int32_t multiplier, uint8_t shift, int32_t y_zero_point);
void osc_matmul_s16(const osc_matmul_t *shape, const int16_t *a, const int16_t *b, int16_t *y, int32_t multiplier,
                    uint8_t shift);

/* A map of height x width points, `point` values of each side by side, and the filters that slide over it. A filter
 * reads `channels` of the values of a point. Its taps are `dilation` points apart, and so `tap_step` values in a row;
 * its rows are `row_step` values apart. */
typedef struct {
    int height, width, channels;
    int kernel_height, kernel_width;
    int stride_height, stride_width;
    int pad_top, pad_left;
    int out_height, out_width;
    int dilation_height, dilation_width;
    int point, tap_step, row_step;
} osc_geometry_t;

/* The values under the filters at one output position, of so many bytes each: where they lie side by side in the
 * map, there, and otherwise copied to `values`. Every byte of what is outside of the map is `outside`. */
const void *osc_im2col(const osc_geometry_t *geometry, const void *x, int bytes, int position, int outside,
                       void *values);

/* The values at `count` output positions, copied one after another, wherever they lie. */
void osc_im2col_all(const osc_geometry_t *geometry, const void *x, int bytes, int position, int count, int outside,
                    void *values);

/* Products of each channel at one output position with its own row, otherwise like those of a matrix. Weights
 * are stored point by point, those of the channels side by side. Points outside of the map are zero; in int8
 * that is the zero point. */
void osc_depthwise_f32(const osc_linear_f32_t *layer, const osc_geometry_t *geometry, const float *x, int position,
                       float *y);
void osc_depthwise_f16(const osc_linear_f16_t *layer, const osc_geometry_t *geometry, const osc_half_t *x,
                       int position, osc_half_t *y);
void osc_depthwise_w8a8(const osc_matrix_s8_t *matrix, const osc_geometry_t *geometry, const int8_t *x, int position,
                        int32_t zero_point, int32_t *y);
void osc_depthwise_w8a16(const osc_matrix_s8_t *matrix, const osc_geometry_t *geometry, const int16_t *x,
                         int position, int32_t *y);
void osc_depthwise_w4a16(const osc_matrix_s4_t *matrix, const osc_geometry_t *geometry, const int16_t *x,
                         int position, int32_t *y);
void osc_depthwise_w16a16(const osc_matrix_s16_t *matrix, const osc_geometry_t *geometry, const int16_t *x,
                          int position, int32_t *y);

/* The mean and the largest value of each channel at each output position; no filter reaches over an edge. Halves of a mean are
 * rounded upwards, or away from zero. */
void osc_average_pool_f32(const osc_geometry_t *geometry, const float *x, float *y);
void osc_average_pool_s8(const osc_geometry_t *geometry, const int8_t *x, int8_t *y);
void osc_average_pool_s16(const osc_geometry_t *geometry, const int16_t *x, int16_t *y);
void osc_average_pool_away_s8(const osc_geometry_t *geometry, const int8_t *x, int8_t *y);
void osc_average_pool_away_s16(const osc_geometry_t *geometry, const int16_t *x, int16_t *y);
void osc_max_pool_f32(const osc_geometry_t *geometry, const float *x, float *y);
void osc_max_pool_s8(const osc_geometry_t *geometry, const int8_t *x, int8_t *y);
void osc_max_pool_s16(const osc_geometry_t *geometry, const int16_t *x, int16_t *y);

/* Probabilities from n scores. Those from integers are in Q15; multiplier / 2**shift turns differences of
 * codes into exponents of two with 12 fraction bits. */
void osc_softmax_f32(const float *x, float *y, int n);
void osc_softmax_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, uint8_t shift);

/* Probabilities from n scores of int8, to int8: in single precision, where powers are exp of minus a difference of 0 to
 * 255 codes and scale is that of the results; or in fixed point, where multiplier / 2**shift turns differences of up to
 * `largest` into fractions with 5 integer bits, and others have no power. */
void osc_softmax_float32_s8(const int8_t *x, int8_t *y, int n, const float *powers, float scale, int32_t zero_point);
void osc_softmax_twice_s8(const int8_t *x, int8_t *y, int n, int32_t multiplier, uint8_t shift, int32_t largest,
                          int32_t zero_point);

/* From int16 to Q15 by two tables of 513 values with linear interpolation: the exponential function of -10 ... 0, and
 * 1 / (1 + x) of 0 ... 1. multiplier / 2**shift turns differences into places of the first. */
void osc_softmax_by_tables_s16(const int16_t *x, int16_t *y, int n, const int16_t *powers, const int16_t *reciprocals,
                               int32_t multiplier, uint8_t shift);

/* The logistic function of n pre-activations, in Q15. */
void osc_sigmoid_s16(const int32_t *x, int16_t *y, int n);

/* What follows the two products of a recurrent layer, for n of its units; h and c are read and replaced. gates
 * holds the results of the product with the input, then of that with the state, each of them gate by gate. In
 * integers the cell c has 20 fraction bits. */
void osc_gru_f32(const float *gates, float *h, int n);
void osc_gru_f16(const float *gates, osc_half_t *h, int n);
void osc_gru_s16(const int32_t *gates, int16_t *h, int n);
void osc_lstm_f32(const float *gates, float *h, float *c, int n);
void osc_lstm_f16(const float *gates, osc_half_t *h, osc_half_t *c, int n);
void osc_lstm_s16(const int32_t *gates, int16_t *h, int32_t *c, int n);

/* A function of each value by a table of its 256 results, that of the code -128 first. There are `size` tables, each
 * for `inner` values in turn, gone through `outer` times. */
void osc_lookup_s8(const int8_t *x, int8_t *y, const int8_t *table, int outer, int size, int inner);

/* Conversions of n values. */
void osc_convert_f32_f16(const float *x, osc_half_t *y, int n);
void osc_convert_f16_f32(const osc_half_t *x, float *y, int n);
void osc_convert_f32_s8(const float *x, int8_t *y, int n, float inverse_scale, int32_t zero_point);
void osc_convert_f32_s16(const float *x, int16_t *y, int n, float inverse_scale);
void osc_convert_s8_f32(const int8_t *x, float *y, int n, float scale, int32_t zero_point);
void osc_convert_s16_f32(const int16_t *x, float *y, int n, float scale);
void osc_convert_s16_s8(const int16_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t zero_point);
void osc_convert_s16_s16(const int16_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift);
void osc_convert_s8_s16(const int8_t *x, int16_t *y, int n, int32_t multiplier, int32_t shift, int32_t x_zero_point);
void osc_convert_s8_s8(const int8_t *x, int8_t *y, int n, int32_t multiplier, int32_t shift, int32_t x_zero_point,
                       int32_t zero_point);

/* Fourier transform of n_fft real values; n_fft is an even product of 2, 3 and 5, up to 65536. */
struct osc_fft;
typedef void osc_fft_odd_t(const struct osc_fft *config, float *data, float sign);

typedef struct osc_fft {
    int n_fft;
    const float *twiddle;  /* cos and -sin of 2 pi k / n_fft for k < n_fft / 2, interleaved */
    /* Where n_fft is no power of two: with which value each of n_fft / 2 changes places, and osc_fft_odd. Else 0, so that
     * a program has no code for other lengths than its own. */
    const uint16_t *swaps;
    osc_fft_odd_t *odd;
} osc_fft_t;

/* Short-time Fourier transform. window is at least two hops and at most n_fft. The forward transform reads neither
 * synthesis nor envelope. */
typedef struct {
    osc_fft_t fft;
    int window, hop;
    const float *analysis;  /* windows of the forward and of the inverse transform, `window` values each */
    const float *synthesis;
    float envelope;         /* what the synthesis window is divided by */
} osc_stft_t;

/* Forward transform of n_fft real values, in place, into n_fft / 2 + 1 complex ones; the inverse undoes it. */
void osc_rfft(const osc_fft_t *config, float *data);
void osc_irfft(const osc_fft_t *config, float *data);

/* In-place complex transform of n_fft / 2 values; `sign` is 1 for the forward one, -1 for the inverse one. The other
 * function has its stages of radix 3 and 5, the last ones. */
void osc_fft(const osc_fft_t *config, float *data, float sign);
void osc_fft_odd(const osc_fft_t *config, float *data, float sign);

/* Takes a hop of samples in; history keeps the `window - hop` samples before them. Samples that are not
 * finite count as zero, and others are limited to -16 ... 16, so that no input can spoil the state. */
void osc_stft(const osc_stft_t *config, float *history, const float *in, float *spectrum);

/* Puts a hop of samples out; overlap keeps the sums of the `window - hop` samples after them. Spoils the
 * spectrum. */
void osc_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out);

/* Their pieces, in the order in which they follow each other. Ranges begin ... end - 1 of a piece are independent of
 * each other, so that several cores can share it. Of n = n_fft / 2 complex values, e is osc_fft_even(n). Their order
 * comes first, which one core makes alone; where n_fft is a power of two, cores can share that too, by the first of
 * two values that change places, out of n. Then the stage of pairs, out of n / 2, where osc_fft_first(e) is 2; then
 * passes, half being osc_fft_first(e) and four times as much each time while it is under e, each of which takes the
 * stages of groups of 2 * half and of 4 * half values in one, out of n / 4. Then the stages of radix 3, out of n / 3,
 * which join groups of `size` values, from e on; then those of radix 5, out of n / 5. */
void osc_fft_order(const osc_fft_t *config, float *data);
void osc_fft_reverse(const osc_fft_t *config, float *data, int begin, int end);
void osc_fft_pairs(float *data, int begin, int end);
void osc_fft_pass(const osc_fft_t *config, float *data, float sign, int half, int begin, int end);
void osc_fft_threes(const osc_fft_t *config, float *data, float sign, int size, int begin, int end);
void osc_fft_fives(const osc_fft_t *config, float *data, float sign, int size, int begin, int end);

/* What osc_rfft does after and osc_irfft before the complex transform, bin by bin with their mirrors, out of
 * n_fft / 4 + 1. */
void osc_rfft_split(const osc_fft_t *config, float *data, int begin, int end);
void osc_irfft_join(const osc_fft_t *config, float *data, int begin, int end);

/* What osc_stft does before and osc_istft after the real transform, for a range of a hop: its samples of input or
 * output, and those that lie whole hops before or after them. */
void osc_stft_frame(const osc_stft_t *config, float *history, const float *in, float *spectrum, int begin, int end);
void osc_istft_add(const osc_stft_t *config, const float *spectrum, float *overlap, float *out, int begin, int end);

/* Magnitudes of complex values, and each complex value times a real one, in place. */
void osc_magnitude(const float *spectrum, float *magnitude, int bins);
void osc_apply_mask(float *spectrum, const float *mask, int bins);

/* The same with magnitudes to a power, and with a mask that is at least `floor`. */
void osc_raised_magnitude(const float *spectrum, float *magnitude, int bins, float power);
void osc_apply_mask_above(float *spectrum, const float *mask, int bins, float floor);

/* Decimal logarithms of the squared magnitudes, which are raised to `floor` first. */
void osc_log_power(const float *spectrum, float *logarithm, int bins, float floor);

/* Complex values as parts: the real part of value i at i * step, the imaginary one `apart` behind it. They come of a
 * spectrum, become one, are a mask of one, or have their magnitudes raised to a power, in place. */
void osc_split_parts(const float *spectrum, float *parts, int bins, int step, int apart);
void osc_join_parts(const float *parts, float *spectrum, int bins, int step, int apart);
void osc_apply_complex_mask(float *spectrum, const float *mask, int bins, int step, int apart);
void osc_raise_parts(float *parts, int bins, int step, int apart, float power);

/* The running level of a signal goes so far, of the way up or of the way down, to the mean square of a hop. */
void osc_follow_level(const float *samples, int n, float attack, float release, float *level);

/* Magnitudes to the power 1/4, of complex values divided by the root of a level. */
#define OSC_LEVEL_FLOOR 1e-10f /* of the level, as a divisor: -100 dBFS */
void osc_compress(const float *spectrum, float level, float *compressed, int bins);

/* Logarithms, of values that are raised to `floor` before `offset` is added: a factor of 2 adds `octave`, and
 * `slope` is twice what a factor of e adds. Floor and offset together are a normal number. */
typedef struct {
    float floor, offset, octave, slope;
} osc_logarithm_t;

/* What is taken off the values of a patch: nothing; the largest one; the mean, and the standard deviation is divided
 * out. */
typedef enum { OSC_LEVEL_KEPT, OSC_LEVEL_MAX, OSC_LEVEL_STANDARD } osc_level_t;

/* Mel features: log-mel, or MFCC where coefficients is not 0, as ossicle.audio.mel has them. A hop is `parts` times that
 * of stft. A filter is a stretch of bins, and all weights lie in a row. */
typedef struct {
    osc_stft_t stft;
    int parts;
    int magnitudes;       /* 1 where these go through the filters, 0 for powers */
    int mels, coefficients, frames;
    const int16_t *first; /* of each filter, the first bin and how many there are */
    const int16_t *count;
    const float *weight;
    const float *dct;     /* coefficients x mels, not read for log-mel */
    osc_logarithm_t logarithm;
    float range;          /* of a patch: values lie no further than that under its largest one */
    osc_level_t level;
    float std_offset;     /* added to the standard deviation */
    float mean, gain;     /* what is taken off then, and a factor */
    float low, high;      /* limits of the results */
    int time_major;       /* 1 where a patch has a row for each frame, 0 for each feature */
} osc_mel_t;

/* A stream of silence: history has `window - hop` samples, with the hop of stft; rows are `frames` of `mels` values. */
void osc_mel_reset(const osc_mel_t *config, float *history, float *rows);

/* Takes a hop of samples in, which are limited as by osc_stft, and shifts its frame, of logarithms, into rows as the
 * last one. Scratch: n_fft + 2 floats. */
void osc_mel_frame(const osc_mel_t *config, float *history, const float *in, float *scratch, float *rows);

/* The input of a network: what the rows are at their level, limited, of each frame its DCT. Scratch for MFCC: mels
 * floats. */
void osc_mel_patch(const osc_mel_t *config, const float *rows, float *scratch, float *patch);

/* Each of n samples less a fraction of the one before it, the first of which is *last; out may be in. Samples that are
 * not finite count as zero. */
void osc_emphasize(const float *in, float *out, int n, float fraction, float *last);

/* The steps of these: powers of complex values, where `power` may be `spectrum`; sums over the filters;
 * logarithms, in place; and the DCT of a frame, whose results lie `stride` apart. */
void osc_power(const float *spectrum, float *power, int bins);
void osc_mel_bands(const osc_mel_t *config, const float *power, float *bands);
void osc_logarithms(const osc_logarithm_t *config, float *values, int n);
void osc_dct(const osc_mel_t *config, const float *frame, float *y, int stride);

/* When a word is reported: the mean of its newest posteriors reaches a threshold, and none was reported in the
 * `refractory` frames before. keyword says of each class whether it is one. */
typedef struct {
    int classes, smoothing, refractory;
    const uint8_t *keyword;
} osc_detector_t;

/* Takes the posteriors of a frame in and gives their means out, which may lie in the same place; returns the class of a
 * word, or -1. recent has `smoothing` rows of `classes` values; counters are the row that is next, and the frames until a report. */
int osc_detect(const osc_detector_t *detector, const float *posteriors, float threshold, float *recent,
               int32_t *counters, float *smoothed);

/* Samples of 16 bits to floats of -1 ... 1 and back, rounded and saturated. */
void osc_from_pcm16(const int16_t *in, float *out, int n);
void osc_to_pcm16(const float *in, int16_t *out, int n);

#ifdef __cplusplus
}
#endif

#endif
