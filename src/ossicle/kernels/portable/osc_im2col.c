/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_copy_window.h"

const void *osc_im2col(const osc_geometry_t *w, const void *x, int bytes, int position, int outside, void *values)
{
    const osc_part_t part = osc_window_part(w, position);
    const int rows = part.bottom - part.top, columns = part.right - part.left;
    if (osc_window_is_whole(w) && rows == w->kernel_height && columns == w->kernel_width) {
        return (const uint8_t *)x + part.origin * bytes;
    }
    osc_copy_window(w, part, x, bytes, outside, values);
    return values;
}
