/* A spotter's frames, called from Python. */
void osc_host_set_threshold(void *state, float threshold)
{
    JOIN(OSC_MODEL, _set_threshold)(state, threshold);
}

void osc_host_push(void *state, const float *samples, float *posteriors, int32_t *words, size_t frames, size_t hop,
                   size_t classes)
{
    for (size_t i = 0; i < frames; i++) {
        words[i] = JOIN(OSC_MODEL, _push_f32)(state, samples + i * hop, posteriors + i * classes);
    }
}
