/* Runs an ELF file on a cluster of verilated CV32E40P cores: the program's input and output are this program's. */
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "cluster.h"

/* The value of "--name value" among the arguments. */
static uint64_t option(int count, char **arguments, const char *name, uint64_t otherwise)
{
    for (int i = 2; i + 1 < count; i += 2) {
        if (std::strcmp(arguments[i], name) == 0) {
            return std::strtoull(arguments[i + 1], nullptr, 10);
        }
    }
    return otherwise;
}

static const char *events_path(int count, char **arguments)
{
    for (int i = 2; i + 1 < count; i += 2) {
        if (std::strcmp(arguments[i], "--events") == 0) {
            return arguments[i + 1];
        }
    }
    return nullptr;
}

int main(int count, char **arguments)
{
    if (count < 2) {
        fail("bench FILE.elf [--workers N] [--l1-bytes N] [--l2-bytes N] [--banks N] [--fpus N] "
             "[--divide-cycles N] [--l2-latency N] [--dma-bytes N] [--dma-latency N] [--dma-end N] [--burst-bytes N] "
             "[--burst-cycles N] [--bursts N] [--fifo-words N] [--limit N] [--still N] [--events FILE]");
    }
    Parameters p;
    const auto value = [&](const char *name, uint64_t otherwise) { return option(count, arguments, name, otherwise); };
    p.workers = (int)value("--workers", (uint64_t)p.workers);
    p.l1_bytes = (uint32_t)value("--l1-bytes", p.l1_bytes);
    p.l2_bytes = (uint32_t)value("--l2-bytes", p.l2_bytes);
    p.banks = (uint32_t)value("--banks", p.banks);
    p.fpus = (uint32_t)value("--fpus", p.fpus);
    p.divide_cycles = (uint32_t)value("--divide-cycles", p.divide_cycles);
    p.dma.bytes = (uint32_t)value("--dma-bytes", p.dma.bytes);
    p.dma.latency = (uint32_t)value("--dma-latency", p.dma.latency);
    p.dma.end = (uint32_t)value("--dma-end", p.dma.end);
    p.dma.burst_bytes = (uint32_t)value("--burst-bytes", p.dma.burst_bytes);
    p.dma.burst_cycles = (uint32_t)value("--burst-cycles", p.dma.burst_cycles);
    p.dma.bursts = (uint32_t)value("--bursts", p.dma.bursts);
    p.dma.fifo_words = (uint32_t)value("--fifo-words", p.dma.fifo_words);
    p.l2_latency = (uint32_t)value("--l2-latency", p.l2_latency);
    p.limit = value("--limit", p.limit);
    p.still = value("--still", p.still);
    const DmaParameters &dma = p.dma;
    if (p.workers < 1 || p.workers > 16 || p.banks < 1 || p.fpus < 1 || dma.bytes < 4 || dma.bytes > 64 ||
        dma.bytes % 4 || dma.burst_bytes < dma.bytes || dma.bursts < 1 || dma.fifo_words < 1 || dma.latency < 1 ||
        p.l2_latency < 1) {
        fail("1 to 16 workers, at least one bank, FPU, burst and word of a FIFO, 4 to 64 bytes per cycle (a multiple of "
             "4, and no more than a burst has), and latencies of at least one cycle");
    }
    Memories memories(p.l1_bytes, p.l2_bytes);
    Events events(events_path(count, arguments));
    const uint32_t entry = memories.load(arguments[1]);
    Cluster cluster(p, memories, events, entry);
    return cluster.run();
}
