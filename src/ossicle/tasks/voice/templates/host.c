/* A voice detector's frames, called from Python. */
void osc_host_set_thresholds(void *state, float start, float end)
{
    JOIN(OSC_MODEL, _set_thresholds)(state, start, end);
}

void osc_host_push(void *state, const float *samples, float *probabilities, int32_t *voice, size_t frames, size_t hop)
{
    for (size_t i = 0; i < frames; i++) {
        voice[i] = JOIN(OSC_MODEL, _push_f32)(state, samples + i * hop, probabilities + i);
    }
}
