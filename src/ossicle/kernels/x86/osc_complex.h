/* SPDX-License-Identifier: Apache-2.0 */
/* Four complex values in a register of AVX2, real and imaginary parts in turn. Differences are sums with a sign changed:
 * the bits are the same, and GCC 12.2 cannot make one operation of a sum and a difference. */
#ifndef OSC_COMPLEX_H
#define OSC_COMPLEX_H

#include "osc_vectors.h"

#ifdef OSC_WIDE
typedef __m256 osc_complex_t;

#define osc_get_complex(x) _mm256_loadu_ps(x)
#define osc_put_complex(y, z) _mm256_storeu_ps(y, z)

/* What changes the sign of all real parts, or of all imaginary ones. */
#define OSC_REAL_PARTS _mm256_castsi256_ps(_mm256_set1_epi64x(0x80000000))
#define OSC_IMAGINARY_PARTS _mm256_castsi256_ps(_mm256_set1_epi64x(INT64_MIN))

#define osc_with_signs(z, parts) _mm256_xor_ps(z, parts)
#define osc_swapped_parts(z) _mm256_permute_ps(z, 0xb1)

/* z times factors: their real parts in both lanes of a value, their imaginary parts with both signs. */
static inline osc_complex_t osc_turned(osc_complex_t z, osc_complex_t re, osc_complex_t im)
{
    return _mm256_add_ps(_mm256_mul_ps(z, re), _mm256_mul_ps(osc_swapped_parts(z), im));
}

/* Both parts of a value. */
static inline double osc_parts_of(const float *x)
{
    double both;
    __builtin_memcpy(&both, x, sizeof both);
    return both;
}

/* Two values that lie `step` floats apart, and two others. */
static inline osc_complex_t osc_gather_complex(const float *x, const float *y, int step)
{
    return _mm256_castpd_ps(
        _mm256_setr_pd(osc_parts_of(x), osc_parts_of(x + step), osc_parts_of(y), osc_parts_of(y + step)));
}

/* The last value first. */
static inline osc_complex_t osc_backwards(osc_complex_t z)
{
    return _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(z), 0x1b));
}
#endif

#endif
