/* SPDX-License-Identifier: Apache-2.0 */
/* The values under the filters at an output position, brought side by side. */
#ifndef OSC_IM2COL_COPY_H
#define OSC_IM2COL_COPY_H

#include "osc_math.h"

/* Words where the compiler can tell that it may: without a C library it would copy byte by byte. Cores of 64 bits have
 * vectors, too. */
static inline uint8_t *osc_copy(uint8_t *to, const uint8_t *from, int bytes)
{
#ifdef __GNUC__
    for (; sizeof(void *) == 8 && bytes >= 32; bytes -= 32, to += 32, from += 32) {
        __builtin_memcpy(to, from, 32);
    }
    for (; bytes >= 4; bytes -= 4, to += 4, from += 4) {
        __builtin_memcpy(to, from, 4);
    }
#endif
    for (; bytes > 0; bytes--) {
        *to++ = *from++;
    }
    return to;
}

static inline uint8_t *osc_fill(uint8_t *to, uint8_t value, int bytes)
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

/* Whether the taps of a row of a filter lie side by side in the map, and whether its rows do so too. */
static inline int osc_row_is_whole(const osc_geometry_t *w)
{
    return w->kernel_width == 1 || w->tap_step == w->channels;
}

static inline int osc_window_is_whole(const osc_geometry_t *w)
{
    return osc_row_is_whole(w) && (w->kernel_height == 1 || w->row_step == w->kernel_width * w->channels);
}

/* Writes the values under the filters, of so many bytes each, and returns where the next ones go. */
static inline uint8_t *osc_im2col_copy(const osc_geometry_t *w, osc_part_t part, const void *x, int bytes, int outside,
                                       uint8_t *to)
{
    const uint8_t value = (uint8_t)outside;
    const int tap = w->channels * bytes, row_bytes = w->kernel_width * tap;
    const int tap_step = w->tap_step * bytes, row_step = w->row_step * bytes;
    const int rows = part.bottom - part.top, columns = part.right - part.left;
    const uint8_t *from = (const uint8_t *)x + part.origin * bytes + part.top * row_step + part.left * tap_step;
    to = osc_fill(to, value, part.top * row_bytes);
    for (int i = 0; i < rows; i++, from += row_step) {
        to = osc_fill(to, value, part.left * tap);
        if (osc_row_is_whole(w)) {
            to = osc_copy(to, from, columns * tap);
        } else {
            for (int j = 0; j < columns; j++) {
                to = osc_copy(to, from + j * tap_step, tap);
            }
        }
        to = osc_fill(to, value, (w->kernel_width - part.right) * tap);
    }
    return osc_fill(to, value, (w->kernel_height - part.bottom) * row_bytes);
}

#endif
