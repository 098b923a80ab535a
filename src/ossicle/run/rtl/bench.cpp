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
        fail("bench FILE.elf [--workers N] [--l1-bytes N] [--l2-bytes N] [--banks N] [--dma-bytes N] "
             "[--dma-latency N] [--l2-latency N] [--limit N] [--events FILE]");
    }
    Parameters p;
    const auto value = [&](const char *name, uint64_t otherwise) { return option(count, arguments, name, otherwise); };
    p.workers = (int)value("--workers", (uint64_t)p.workers);
    p.l1_bytes = (uint32_t)value("--l1-bytes", p.l1_bytes);
    p.l2_bytes = (uint32_t)value("--l2-bytes", p.l2_bytes);
    p.banks = (uint32_t)value("--banks", p.banks);
    p.dma_bytes = (uint32_t)value("--dma-bytes", p.dma_bytes);
    p.dma_latency = (uint32_t)value("--dma-latency", p.dma_latency);
    p.l2_latency = (uint32_t)value("--l2-latency", p.l2_latency);
    p.limit = value("--limit", p.limit);
    if (p.workers < 1 || p.workers > 16 || p.banks < 1 || p.dma_bytes < 4 || p.dma_bytes > 64 || p.dma_bytes % 4 ||
        p.l2_latency < 1) {
        fail("1 to 16 workers, at least one bank, 4 to 64 bytes per cycle (a multiple of 4) and a latency of L2 of at "
             "least one cycle");
    }
    Memories memories(p.l1_bytes, p.l2_bytes);
    Events events(events_path(count, arguments));
    const uint32_t entry = memories.load(arguments[1]);
    Cluster cluster(p, memories, events, entry);
    return cluster.run();
}
