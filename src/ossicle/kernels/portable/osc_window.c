#include "osc_kernels.h"

static void fill(uint8_t *to, int bytes, uint8_t value)
{
    for (int i = 0; i < bytes; i++) {
        to[i] = value;
    }
}

static void copy(uint8_t *to, const uint8_t *from, int bytes)
{
    for (int i = 0; i < bytes; i++) {
        to[i] = from[i];
    }
}

const void *osc_window(const osc_window_t *w, const void *x, int bytes, int position, int outside, void *values)
{
    const int top = position / w->out_width * w->stride_height - w->pad_top;
    const int left = position % w->out_width * w->stride_width - w->pad_left;
    const int first = left < 0 ? 0 : left;
    const int last = left + w->kernel_width < w->width ? left + w->kernel_width : w->width;
    const int point = w->channels * bytes, row_bytes = w->kernel_width * point;
    const int whole = (last - first) * point == row_bytes;
    const int side_by_side = w->kernel_height == 1 || w->kernel_width == w->width;
    if (whole && side_by_side && top >= 0 && top + w->kernel_height <= w->height) {
        return (const uint8_t *)x + (top * w->width + left) * point;
    }
    uint8_t *row = values;
    for (int r = top; r < top + w->kernel_height; r++, row += row_bytes) {
        const int inside = r >= 0 && r < w->height;
        if (!inside || !whole) {
            fill(row, row_bytes, (uint8_t)outside);
        }
        if (inside) {
            copy(row + (first - left) * point, (const uint8_t *)x + (r * w->width + first) * point,
                 (last - first) * point);
        }
    }
    return values;
}
