/* The engine that copies from L2 to L1, after the RTL of PULP's MCHAN v7 (pulp-platform/mchan).
 *
 * L2 gives a beat of a word for each port in a cycle, but none for `burst_cycles` after each burst: bursts are cut where
 * L2's address is a multiple of `burst_bytes`. Each port has a FIFO of `fifo_words`. A beat enters all of them, and only
 * where each had room when the cycle began, so that a port that was denied its bank holds the others up.
 *
 * Transfers follow one another without a gap; their latency is that from a start's store to the first word in L1, where
 * nothing is under way. A transfer asks for its bursts, of which `bursts` may be outstanding, when the one before it has
 * asked for all of its own. Until then it waits at the port of the core that started it, which takes nothing else from
 * this core. */
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <vector>

#include "events.h"
#include "memory.h"

struct DmaParameters {
    uint32_t bytes = 8;        /* a cycle: four for each port */
    uint32_t latency = 21;     /* cycles */
    uint32_t end = 4;          /* cycles from the last word in L1 to the answer of who waits */
    uint32_t burst_bytes = 256, burst_cycles = 2, bursts = 8;
    uint32_t fifo_words = 2;
};

class Dma {
public:
    static constexpr int ids = 16;

    Dma(Memories &memories, Events &events, const DmaParameters &parameters)
        : memories_(memories), events_(events), p_(parameters), fifos_(parameters.bytes / 4)
    {
    }

    int ports() const { return (int)fifos_.size(); }

    /* Whether a core cannot start a transfer, or ask for the state of one. */
    bool taken(int core) const
    {
        uint32_t before = 0;
        bool waits = false;
        for (const Transfer &transfer : queue_) {
            if (transfer.core == core) {
                waits = before > p_.bursts;
            }
            before += bursts_left(transfer);
        }
        return waits || queue_.size() >= ids;
    }

    void start(uint64_t cycle, int core, int id, uint32_t l1, uint32_t l2, uint32_t bytes)
    {
        if (id >= ids || (l1 | l2 | bytes) % 8 || !memories_.l1.holds(l1, bytes) ||
            !memories_.l2.holds(l2, bytes)) {
            fail("core %d started a transfer of %u bytes from 0x%08x to 0x%08x under id %d, which cannot be", core,
                 bytes, l2, l1, id);
        }
        queue_.push_back({core, id, l1, l2, bytes, 0, bytes / 4, cycle + p_.latency - 1});
        latest_[(size_t)id] = ++started_;
    }

    /* Whether the latest transfer under a transfer id has ended. */
    bool ended(int id) const { return latest_[(size_t)id] <= ended_; }

    /* At the begin of a cycle, before any port is granted its bank. */
    void begin()
    {
        room_ = std::all_of(fifos_.begin(), fifos_.end(), [&](const auto &fifo) { return fifo.size() < p_.fifo_words; });
    }

    /* The L1 address that a port asks for in this cycle, or 0. */
    uint32_t request(int port) const
    {
        const auto &fifo = fifos_[(size_t)port];
        return fifo.empty() ? 0 : fifo.front().l1;
    }

    /* Writes the word that a port asked for. */
    void grant(int port)
    {
        auto &fifo = fifos_[(size_t)port];
        memories_.l1.store(fifo.front().l1, fifo.front().value, 15);
        queue_[(size_t)(fifo.front().number - written_)].words--;
        fifo.pop_front();
        granted++;
    }

    /* At the end of a cycle: the next beat, and transfers that have ended. */
    void finish(uint64_t cycle)
    {
        if (room_ && cycle >= next_beat_) {
            give(cycle);
        }
        while (!queue_.empty() && queue_.front().words == 0) {
            events_.event(cycle, -1, "dma-end", (uint64_t)queue_.front().id);
            ending_.push_back(cycle + p_.end);
            queue_.pop_front();
            written_++;
        }
        while (!ending_.empty() && ending_.front() <= cycle) {
            ending_.pop_front();
            ended_++;
        }
    }

    uint64_t granted = 0, denied = 0; /* requests of all ports */

private:
    struct Transfer {
        int core, id;
        uint32_t l1, l2, bytes;
        uint32_t given; /* bytes that have entered the FIFOs */
        uint32_t words; /* that are not yet in L1 */
        uint64_t ready; /* when the first beat may enter the FIFOs */
    };

    struct Word {
        uint64_t number; /* of its transfer, of all that were started */
        uint32_t l1, value;
    };

    uint32_t bursts_left(const Transfer &transfer) const
    {
        if (transfer.given == transfer.bytes) {
            return 0;
        }
        return (transfer.l2 + transfer.bytes - 1) / p_.burst_bytes - (transfer.l2 + transfer.given) / p_.burst_bytes + 1;
    }

    void give(uint64_t cycle)
    {
        uint64_t number = written_;
        for (Transfer &transfer : queue_) {
            if (transfer.given < transfer.bytes) {
                if (cycle >= transfer.ready) {
                    give_beat(cycle, number, transfer);
                }
                return;
            }
            number++;
        }
    }

    void give_beat(uint64_t cycle, uint64_t number, Transfer &transfer)
    {
        if (transfer.given == 0) {
            events_.event(cycle, -1, "dma-begin", (uint64_t)transfer.id);
        }
        const uint32_t end = std::min(transfer.given + p_.bytes, transfer.bytes);
        for (uint32_t at = transfer.given; at < end; at += 4) {
            fifos_[at % p_.bytes / 4].push_back({number, transfer.l1 + at, memories_.l2.word(transfer.l2 + at)});
        }
        transfer.given = end;
        if (end == transfer.bytes || (transfer.l2 + end) % p_.burst_bytes < p_.bytes) {
            next_beat_ = cycle + 1 + p_.burst_cycles;
        }
    }

    Memories &memories_;
    Events &events_;
    const DmaParameters p_;
    std::vector<std::deque<Word>> fifos_; /* of each port */
    bool room_ = true;
    uint64_t next_beat_ = 0;
    std::deque<Transfer> queue_;     /* those that are not all in L1 */
    std::deque<uint64_t> ending_;    /* of those that are, but nobody has been told: when that will be */
    std::array<uint64_t, ids> latest_{};
    uint64_t started_ = 0, written_ = 0, ended_ = 0; /* transfers */
};
