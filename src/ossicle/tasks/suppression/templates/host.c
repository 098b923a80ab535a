/* A suppressor's frames, called from Python. */
void osc_host_run(void *state, const float *in, float *out, size_t hops, size_t hop)
{
    for (size_t i = 0; i < hops; i++) {
        JOIN(OSC_MODEL, _process_f32)(state, in + i * hop, out + i * hop);
    }
}

#ifdef OSC_STREAMS
/* `hops` frames of each of several streams, which are rows of `hops * hop` samples. */
void osc_host_run_streams(void *states, int streams, const float *in, float *out, size_t hops, size_t hop)
{
    for (size_t i = 0; i < hops; i++) {
        JOIN(OSC_MODEL, _process_streams_f32)(states, streams, in + i * hop, out + i * hop, (int)(hops * hop));
    }
}
#endif

void osc_host_run_pcm16(void *state, const int16_t *in, int16_t *out, size_t hops, size_t hop)
{
    for (size_t i = 0; i < hops; i++) {
        JOIN(OSC_MODEL, _process)(state, in + i * hop, out + i * hop);
    }
}
