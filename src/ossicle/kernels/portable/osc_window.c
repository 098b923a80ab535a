#include "osc_kernels.h"

#include <string.h>

const void *osc_window(const osc_window_t *w, const void *x, int bytes, int position, int outside, void *values)
{
    const int top = position / w->out_width * w->stride_height - w->pad_top;
    const int left = position % w->out_width * w->stride_width - w->pad_left;
    const int right = left + w->kernel_width;
    const size_t point = (size_t)(w->channels * bytes);
    const size_t row_bytes = (size_t)w->kernel_width * point;
    const int first = left < 0 ? 0 : left;
    const int last = right < w->width ? right : w->width;
    const int down = top < 0 || top + w->kernel_height > w->height;
    if (!down && first == left && last == right && (w->kernel_height == 1 || w->kernel_width == w->width)) {
        return (const uint8_t *)x + (size_t)(top * w->width + left) * point;
    }
    uint8_t *row = values;
    for (int r = top; r < top + w->kernel_height; r++, row += row_bytes) {
        const int inside = r >= 0 && r < w->height;
        if (!inside || first != left || last != right) {
            memset(row, outside, row_bytes);
        }
        if (inside) {
            memcpy(row + (size_t)(first - left) * point,
                   (const uint8_t *)x + (size_t)(r * w->width + first) * point, (size_t)(last - first) * point);
        }
    }
    return values;
}
