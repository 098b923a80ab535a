/* The engine that copies from L2 to L1. A transfer takes its latency, then L2 gives `bytes per cycle` into a FIFO, as
 * long as there is room in it; transfers follow one another in the order in which they were started.
 *
 * Between the FIFO and L1 there are two ports for each word that L2 gives in a cycle, as PULP's engine has four of 32
 * bits for 64 bits of its bus, so that a word that had to wait for its bank delays none behind it. Port p copies words
 * p, p + ports, p + 2 ports ... of a transfer, and waits for its bank like a core. */
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "events.h"
#include "memory.h"

class Dma {
public:
    static constexpr int tickets = 16;
    static constexpr uint32_t fifo_words = 32;

    Dma(Memories &memories, Events &events, uint32_t bytes_per_cycle, uint32_t latency)
        : memories_(memories), events_(events), latency_(latency), given_(bytes_per_cycle / 4), next_(2 * given_)
    {
    }

    int ports() const { return (int)next_.size(); }
    bool idle() const { return queue_.empty(); }
    bool full() const { return queue_.size() >= tickets; }

    void start(uint64_t cycle, int core, int ticket, uint32_t l1, uint32_t l2, uint32_t bytes)
    {
        if (ticket >= tickets || (l1 | l2 | bytes) % 8 || !memories_.l1.holds(l1, bytes) ||
            !memories_.l2.holds(l2, bytes)) {
            fail("core %d started a transfer of %u bytes from 0x%08x to 0x%08x under ticket %d, which cannot be", core,
                 bytes, l2, l1, ticket);
        }
        queue_.push_back({ticket, l1, l2, bytes / 4});
        latest_[(size_t)ticket] = ++started_;
        if (queue_.size() == 1) {
            begin(cycle + 1);
        }
    }

    /* Whether the latest transfer under a ticket has ended. */
    bool ended(int ticket) const { return latest_[(size_t)ticket] <= ended_; }

    /* At the begin of a cycle: L2 gives what the FIFO has room for. */
    void fetch(uint64_t cycle)
    {
        if (!queue_.empty() && cycle >= ready_) {
            fetched_ = std::min({fetched_ + given_, words_ + fifo_words, queue_[0].words});
        }
    }

    /* The L1 address that a port asks for in this cycle, or 0. */
    uint32_t request(uint64_t cycle, int port) const
    {
        if (queue_.empty() || cycle < ready_ || offset(port) >= 4 * fetched_) {
            return 0;
        }
        return queue_[0].l1 + offset(port);
    }

    /* Copies the word that a port asked for. */
    void grant(int port)
    {
        const Transfer &transfer = queue_[0];
        memories_.l1.store(transfer.l1 + offset(port), memories_.l2.word(transfer.l2 + offset(port)), 15);
        next_[(size_t)port]++;
        words_++;
    }

    /* At the end of a cycle; returns the ticket of a transfer that ended in it, or -1. */
    int finish(uint64_t cycle)
    {
        if (queue_.empty() || cycle < ready_ || words_ < queue_[0].words) {
            return -1;
        }
        const int ticket = queue_[0].ticket;
        events_.event(cycle, -1, "dma-end", (uint64_t)ticket);
        queue_.pop_front();
        std::fill(next_.begin(), next_.end(), 0u);
        words_ = fetched_ = 0;
        ended_++;
        if (!queue_.empty()) {
            begin(cycle + 1);
        }
        return ticket;
    }

private:
    struct Transfer {
        int ticket;
        uint32_t l1, l2, words;
    };

    void begin(uint64_t cycle)
    {
        ready_ = cycle + latency_;
        events_.event(cycle, -1, "dma-begin", (uint64_t)queue_[0].ticket);
    }

    uint32_t offset(int port) const
    {
        return 4 * (next_[(size_t)port] * (uint32_t)next_.size() + (uint32_t)port);
    }

    Memories &memories_;
    Events &events_;
    uint32_t latency_;
    uint32_t given_;             /* words that L2 gives in a cycle */
    std::vector<uint32_t> next_; /* of each port: how many words it has copied of the first transfer */
    uint32_t words_ = 0, fetched_ = 0; /* of the first transfer: copied to L1, and given by L2 */
    uint64_t ready_ = 0; /* when the first transfer's first words may come */
    std::deque<Transfer> queue_;
    std::array<uint64_t, tickets> latest_{};
    uint64_t started_ = 0, ended_ = 0;
};
