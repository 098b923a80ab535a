/* SPDX-License-Identifier: Apache-2.0 */
#include "osc_team.h"

void osc_team_istft(const osc_stft_t *config, float *spectrum, float *overlap, float *out, int worker)
{
    const int hop = config->hop;
    const int bins = config->n_fft / 4 + 1;
    osc_barrier();
    osc_irfft_join(config, spectrum, osc_share(bins, worker), osc_share(bins, worker + 1));
    osc_barrier();
    osc_team_fft(config, spectrum, -1.0f, worker);
    osc_istft_add(config, spectrum, overlap, out, osc_share(hop, worker), osc_share(hop, worker + 1));
}
