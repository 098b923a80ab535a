/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_math.h"

/* Words where the compiler can tell that it may: without a C library it would copy byte by byte. */
static uint8_t *copy(uint8_t *to, const uint8_t *from, int bytes)
{
#ifdef __GNUC__
    for (; bytes >= 4; bytes -= 4, to += 4, from += 4) {
        __builtin_memcpy(to, from, 4);
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
    return to;
}

static uint8_t *fill(uint8_t *to, uint8_t value, int bytes)
{
#ifdef __GNUC__
    const uint32_t word = value * 0x01010101u;
    for (; bytes >= 4; bytes -= 4, to += 4) {
        __builtin_memcpy(to, &word, 4);
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = value;
    }
    return to;
}

const void *osc_im2col(const osc_geometry_t *w, const void *x, int bytes, int position, int outside, void *values)
{
    const osc_part_t part = osc_window_part(w, position);
    const uint8_t *const origin = (const uint8_t *)x;
    const int tap = w->channels * bytes, row_bytes = w->kernel_width * tap;
    const int tap_step = osc_tap_step(w) * bytes, row_step = osc_row_step(w) * bytes;
    const int rows = part.bottom - part.top, columns = part.right - part.left;
    const int row_whole = tap_step == tap || w->kernel_width == 1;
    const int whole = row_whole && (row_step == row_bytes || w->kernel_height == 1);
    if (whole && rows == w->kernel_height && columns == w->kernel_width) {
        return origin + part.origin * bytes;
    }
    uint8_t *to = fill(values, (uint8_t)outside, part.top * row_bytes);
    const uint8_t *from = origin + part.origin * bytes + part.top * row_step + part.left * tap_step;
    for (int i = 0; i < rows; i++, from += row_step) {
        to = fill(to, (uint8_t)outside, part.left * tap);
        if (row_whole) {
            to = copy(to, from, columns * tap);
        } else {
            for (int j = 0; j < columns; j++) {
                to = copy(to, from + j * tap_step, tap);
            }
        }
        to = fill(to, (uint8_t)outside, (w->kernel_width - part.right) * tap);
    }
    fill(to, (uint8_t)outside, (w->kernel_height - part.bottom) * row_bytes);
    return values;
}
