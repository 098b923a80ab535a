/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_byte_planes.h"
#include "osc_xpulp.h"

/* Groups that are full, at least one. */
static inline void split_full(const int16_t *x, uint32_t *split, int groups)
{
#ifdef OSC_COREV
    __asm__ volatile(
        OSC_COREV_LOOP("7",
            "cv.lw t0, (%[x]), 4\n\t"
            "cv.lw t1, (%[x]), 4\n\t"
            "mv t2, t0\n\t"
            "cv.shuffle2.b t0, t1, %[high]\n\t"
            "cv.shuffle2.b t2, t1, %[low]\n\t"
            "cv.sw t0, (%[split]), 4\n\t"
            "cv.sw t2, (%[split]), 4\n\t")
        : [x] "+r"(x), [split] "+r"(split)
        : [count] "r"(groups), [high] "r"(OSC_HIGH_BYTES), [low] "r"(OSC_LOW_BYTES)
        : "t0", "t1", "t2", "memory");
#else
    for (; groups > 0; groups--, x += 4, split += 2) {
        const osc_bytes_t bytes = osc_split_words(osc_word(x), osc_word(x + 2));
        split[0] = bytes.high;
        split[1] = bytes.low;
    }
#endif
}

void osc_byte_planes_s16(const int16_t *x, int columns, uint32_t *split, int begin, int end)
{
    const int full = columns / 4 < end ? columns / 4 : end;
    if (begin < full) {
        split_full(x + 4 * begin, split + 2 * begin, full - begin);
    }
    for (int i = begin < full ? full : begin; i < end; i++) {
        const osc_bytes_t bytes =
            osc_split_words(osc_last_halves(x, columns, 2 * i), osc_last_halves(x, columns, 2 * i + 1));
        split[2 * i] = bytes.high;
        split[2 * i + 1] = bytes.low;
    }
}
