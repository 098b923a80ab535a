/* SPDX-License-Identifier: Apache-2.0 */
/* What the kernels for Helium share: the functions of osc_math.h for four values at a time, with the same results. */
#ifndef OSC_HELIUM_H
#define OSC_HELIUM_H

#include "osc_math.h"

#if !defined(__ARM_FEATURE_MVE)
#error "these kernels need Helium: name a core that has it (in zig, -mcpu=cortex_m55+mve_fp)"
#endif

#include <arm_mve.h>
#include <stdbool.h>

/* As osc_clamp_s32. */
static inline int32x4_t osc_clamp_4(int32x4_t x, int32_t low, int32_t high)
{
    return vminq_s32(vmaxq_s32(x, vdupq_n_s32(low)), vdupq_n_s32(high));
}

/* As osc_tanh_q15. */
static inline int32x4_t osc_tanh_4(int32x4_t x, int fraction)
{
    const int step = fraction - 6;
    const int32x4_t inside = vminq_s32(vabsq_s32(x), vdupq_n_s32((512 << step) - 1));
    const uint32x4_t at = vreinterpretq_u32_s32(vshlq_r_s32(inside, -step));
    const int32x4_t low = vldrhq_gather_shifted_offset_s32(osc_tanh_table, at);
    const int32x4_t high = vldrhq_gather_shifted_offset_s32(osc_tanh_table + 1, at);
    const int32x4_t remainder = vandq_s32(inside, vdupq_n_s32((1 << step) - 1));
    const int32x4_t y = vaddq_s32(low, vrshlq_n_s32(vmulq_s32(vsubq_s32(high, low), remainder), -step));
    return vnegq_m_s32(y, y, vcmpltq_n_s32(x, 0));
}

/* As osc_sigmoid_q15. */
static inline int32x4_t osc_sigmoid_4(int32x4_t x, int fraction)
{
    return vshrq_n_s32(vaddq_n_s32(osc_tanh_4(x, fraction + 1), 32769), 1);
}

/* Whether some of n rows has a factor of a half or more, which is rare. Those need the whole product. */
static inline bool osc_some_large(const uint8_t *shift, int n)
{
    uint8_t least = UINT8_MAX;
    for (int left = n; left > 0; left -= 16) {
        const mve_pred16_t lanes = vctp8q((uint32_t)left);
        least = vminvq_p_u8(least, vldrbq_z_u8(shift, lanes), lanes);
        shift += 16;
    }
    return least <= 32;
}

/* As osc_rescale_s32 of the sums and biases of the next four rows, for factors under a half. */
static inline int32x4_t osc_rescale_4(const osc_requantize_t *next, const int32_t *sums, int32_t limit,
                                      mve_pred16_t lanes)
{
    const int32x4_t sum = vaddq_s32(vldrwq_z_s32(sums, lanes), vldrwq_z_s32(next->bias, lanes));
    const int32x4_t upper = vmulhq_s32(sum, vldrwq_z_s32(next->multiplier, lanes));
    const int32x4_t left = vsubq_s32(vdupq_n_s32(32), vreinterpretq_s32_u32(vldrbq_z_u32(next->shift, lanes)));
    return osc_clamp_4(vrshlq_s32(upper, left), -limit, limit);
}

/* Those of four rows whose factors are under a half. */
static inline mve_pred16_t osc_small(const osc_requantize_t *next, mve_pred16_t lanes)
{
    return vcmphiq_m_n_u32(vldrbq_z_u32(next->shift, lanes), 32, lanes);
}

static inline void osc_next_four(osc_requantize_t *next)
{
    next->bias += 4, next->multiplier += 4, next->shift += 4;
}

#endif
