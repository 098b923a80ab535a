/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_copy_window.h"

void osc_copy_windows(const osc_geometry_t *w, const void *x, int bytes, int position, int count, int outside,
                      void *values)
{
    uint8_t *to = values;
    for (int i = 0; i < count; i++) {
        to = osc_copy_window(w, osc_window_part(w, position + i), x, bytes, outside, to);
    }
}
