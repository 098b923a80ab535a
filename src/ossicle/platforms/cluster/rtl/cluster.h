/* The cluster: cores, banks, DMA engine, barriers, and the registers by which programs reach them. */
#pragma once

#include <cstdint>
#include <cstdio>
#include <vector>

#include "core.h"
#include "dma.h"
#include "events.h"
#include "memory.h"
#include "osc_rtl.h"

struct Parameters {
    int workers = 8;
    uint32_t l1_bytes = 128 * 1024, l2_bytes = 8 * 1024 * 1024;
    uint32_t banks = 16;         /* of L1, interleaved by words: bank = word address modulo banks */
    uint32_t fpus = 4;           /* shared by all cores: core i uses unit i modulo fpus */
    uint32_t divide_cycles = 14; /* for which a division or root keeps the only unit for them */
    uint32_t l2_latency = 10;    /* cycles from the grant of a core's data access to L2 to its answer */
    uint64_t limit = UINT64_MAX; /* cycles after which the run is given up */
    uint64_t still = 64;         /* see CoreModel; it changes how fast the testbench is, and nothing else */
    DmaParameters dma;
};

class Cluster {
public:
    Cluster(const Parameters &parameters, Memories &memories, Events &events, uint32_t entry)
        : p_(parameters), memories_(memories), events_(events),
          dma_(memories, events, parameters.dma), asked_(parameters.banks), next_(parameters.banks),
          next_fpu_(parameters.fpus)
    {
        for (int i = 0; i <= p_.workers; i++) {
            cores_.push_back(std::make_unique<CoreModel>(context_, memories, i, entry, p_.still));
        }
    }

    /* Runs until the program ends; returns its exit code. */
    int run()
    {
        while (!ended_) {
            if (cycle_ == p_.limit) {
                fail("the program did not end within %llu cycles", (unsigned long long)cycle_);
            }
            step();
            cycle_++;
        }
        for (const auto &core : cores_) {
            events_.count(core->index, "cycles", cycle_);
            events_.count(core->index, "barrier", core->barrier_cycles);
            events_.count(core->index, "transfer", core->transfer_cycles);
            events_.count(core->index, "conflict", core->conflicts);
            events_.count(core->index, "l2", core->l2_cycles);
            events_.count(core->index, "fpu", core->fpu_waits);
        }
        events_.count(-1, "granted", dma_.granted);
        events_.count(-1, "denied", dma_.denied);
        return exit_code_;
    }

private:
    CoreModel &controller() { return *cores_.back(); }

    void step()
    {
        for (auto &core : cores_) {
            core->settle(cycle_);
        }
        share_fpus();
        for (auto &core : cores_) {
            if (core->requests() && !accept(*core)) {
                core->deny();
            }
        }
        arbitrate();
        for (auto &core : cores_) {
            core->tick();
        }
        dma_.finish(cycle_);
        answer_waits();
        count();
    }

    /* One operation a cycle in each FPU, and one division or root in all of them until it has ended; in turn. */
    void share_fpus()
    {
        const int count = (int)cores_.size();
        for (uint32_t unit = 0; unit < p_.fpus; unit++) {
            let_one(next_fpu_[unit], [&](const CoreModel &core) {
                return core.asks_fpu() && !core.divides() && (uint32_t)core.index % p_.fpus == unit;
            });
        }
        const bool free = cycle_ >= divider_free_;
        const auto divides = [](const CoreModel &core) { return core.asks_fpu() && core.divides(); };
        if (free && let_one(next_divider_, divides)) {
            divider_free_ = cycle_ + p_.divide_cycles;
        }
        for (int i = 0; !free && i < count; i++) {
            if (divides(*cores_[(size_t)i])) {
                cores_[(size_t)i]->deny_fpu();
            }
        }
    }

    /* Denies the FPU to all but one of the cores that ask for it; `turn` is who is first. */
    template <typename Asks> bool let_one(int &turn, Asks asks)
    {
        const int count = (int)cores_.size(), first = turn;
        bool given = false;
        for (int i = 0; i < count; i++) {
            CoreModel &core = *cores_[(size_t)((first + i) % count)];
            if (!asks(core)) {
                continue;
            }
            if (given) {
                core.deny_fpu();
            } else {
                given = true;
                turn = (core.index + 1) % count;
            }
        }
        return given;
    }

    /* Serves or queues a core's data access; false where it is not granted in this cycle. Those to L1 are decided by
     * arbitrate(). */
    bool accept(CoreModel &core)
    {
        if (core.wait != CoreModel::Wait::nothing) {
            return false;
        }
        const uint32_t address = core.address();
        if (memories_.l1.holds(address)) {
            ask(bank(address), core.index);
            return true;
        }
        if (memories_.l2.holds(address)) {
            core.answer(cycle_ + p_.l2_latency, access(memories_.l2, core, address));
            return true;
        }
        const uint32_t number = (address - OSC_RTL_ORIGIN) / 4;
        if (number >= OSC_RTL_REGISTERS) {
            fail("core %d accessed 0x%08x, where there is no memory (it fetched 0x%08x)", core.index, address,
                 core.fetch_address());
        }
        return core.writes() ? store(core, number) : load(core, number);
    }

    uint32_t bank(uint32_t address) const { return address / 4 % p_.banks; }

    void ask(uint32_t bank, int requester)
    {
        if (!asked_[bank]) {
            busy_.push_back(bank);
        }
        asked_[bank] |= 1ull << requester;
    }

    static uint32_t access(Memory &memory, CoreModel &core, uint32_t address)
    {
        if (core.writes()) {
            memory.store(address, core.written(), core.enable());
            return 0;
        }
        return memory.word(address);
    }

    /* One access per bank and cycle, in turn among those that ask: cores, then ports of the DMA engine. */
    void arbitrate()
    {
        const int requesters = (int)cores_.size() + dma_.ports();
        dma_.begin();
        for (int port = 0; port < dma_.ports(); port++) {
            if (const uint32_t address = dma_.request(port)) {
                ask(bank(address), (int)cores_.size() + port);
            }
        }
        for (const uint32_t bank : busy_) {
            const uint64_t asked = asked_[bank], later = asked >> next_[bank] << next_[bank];
            const int winner = __builtin_ctzll(later ? later : asked);
            next_[bank] = (winner + 1) % requesters;
            asked_[bank] = 0;
            if (winner >= (int)cores_.size()) {
                dma_.grant(winner - (int)cores_.size());
            } else {
                CoreModel &core = *cores_[(size_t)winner];
                core.answer(cycle_ + 1, access(memories_.l1, core, core.address()));
            }
            for (auto &core : cores_) {
                if (core->index != winner && (asked >> core->index & 1)) {
                    core->conflicts++;
                    core->deny();
                }
            }
            dma_.denied += (uint64_t)__builtin_popcountll(asked >> cores_.size()) - (winner >= (int)cores_.size());
        }
        busy_.clear();
    }

    bool load(CoreModel &core, uint32_t number)
    {
        if (number >= OSC_RTL_DMA_WAIT) {
            wait_for_transfer(core, (int)(number - OSC_RTL_DMA_WAIT));
            return true;
        }
        switch (number) {
        case OSC_RTL_FORK: arrive(core, CoreModel::Wait::fork, p_.workers + 1); break;
        case OSC_RTL_JOIN: arrive(core, CoreModel::Wait::join, p_.workers + 1); break;
        case OSC_RTL_BARRIER: arrive(core, CoreModel::Wait::barrier, p_.workers); break;
        case OSC_RTL_CYCLE: core.answer(cycle_ + 1, (uint32_t)cycle_); break;
        case OSC_RTL_CONSOLE_READ: core.answer(cycle_ + 1, console_got_); break;
        default: fail("core %d loaded from register %u, which cannot be loaded", core.index, number);
        }
        return true;
    }

    void wait_for_transfer(CoreModel &core, int id)
    {
        if (dma_.ended(id) && !dma_.taken(core.index)) {
            core.answer(cycle_ + 1, 0);
            return;
        }
        core.wait = CoreModel::Wait::transfer;
        core.id = id;
        exposed_ = 0;
        events_.event(cycle_, core.index, "wait-begin", (uint64_t)id);
    }

    /* The last of the participants of a barrier lets all go on. */
    void arrive(CoreModel &last, CoreModel::Wait barrier, int participants)
    {
        last.wait = barrier;
        int arrived = 0;
        for (auto &core : cores_) {
            arrived += core->wait == barrier;
        }
        if (arrived < participants) {
            return;
        }
        uint64_t conflicts = 0;
        for (auto &core : cores_) {
            if (core->wait == barrier) {
                core->answer(cycle_ + 1, 0);
            }
            conflicts += core->conflicts;
        }
        if (barrier == CoreModel::Wait::fork) {
            forked_conflicts_ = conflicts;
            events_.event(cycle_, p_.workers, "fork", 0);
        } else if (barrier == CoreModel::Wait::join) {
            events_.event(cycle_, p_.workers, "join", conflicts - forked_conflicts_);
        }
    }

    bool store(CoreModel &core, uint32_t number)
    {
        const uint32_t value = core.written();
        switch (number) {
        case OSC_RTL_MARK: events_.event(cycle_, core.index, "mark", value); break;
        case OSC_RTL_EXIT: ended_ = true, exit_code_ = (int)(value & 0xFF); break;
        case OSC_RTL_FAULT_ADDRESS: fault_address_ = value; break;
        case OSC_RTL_FAULT: fail("core %d met exception %u at 0x%08x", core.index, value, fault_address_);
        case OSC_RTL_CONSOLE_ADDRESS: console_address_ = value; break;
        case OSC_RTL_CONSOLE_READ: read_console(core, value); break;
        case OSC_RTL_CONSOLE_WRITE: write_console(core, value); break;
        case OSC_RTL_DMA_L1: dma_l1_ = value; break;
        case OSC_RTL_DMA_L2: dma_l2_ = value; break;
        case OSC_RTL_DMA_BYTES: dma_count_ = value; break;
        case OSC_RTL_WORKERS:
            if (value != (uint32_t)p_.workers) {
                fail("the program is built for %u workers, and there are %d", value, p_.workers);
            }
            break;
        case OSC_RTL_DMA_START:
            if (dma_.taken(core.index)) {
                return false;
            }
            dma_.start(cycle_, core.index, (int)value, dma_l1_, dma_l2_, dma_count_);
            break;
        default: fail("core %d stored to register %u, which cannot be stored to", core.index, number);
        }
        core.answer(cycle_ + 1, 0);
        return true;
    }

    uint8_t *console_bytes(const CoreModel &core, uint32_t bytes)
    {
        Memory *const memory = memories_.find(console_address_, bytes);
        if (!memory) {
            fail("core %d passed %u bytes at 0x%08x to the console, where there is no memory", core.index, bytes,
                 console_address_);
        }
        return memory->at(console_address_);
    }

    void read_console(const CoreModel &core, uint32_t bytes)
    {
        console_got_ = (uint32_t)std::fread(console_bytes(core, bytes), 1, bytes, stdin);
        events_.event(cycle_, core.index, "read", console_got_);
    }

    void write_console(const CoreModel &core, uint32_t bytes)
    {
        std::fwrite(console_bytes(core, bytes), 1, bytes, stdout);
        events_.event(cycle_, core.index, "write", bytes);
    }

    /* Of cores that wait for a transfer, or for the engine to take their last one from its port. */
    void answer_waits()
    {
        for (auto &core : cores_) {
            if (core->wait == CoreModel::Wait::transfer && dma_.ended(core->id) && !dma_.taken(core->index)) {
                core->answer(cycle_ + 1, 0);
                events_.event(cycle_, core->index, "wait-end", exposed_);
            }
        }
    }

    void count()
    {
        int at_fork = 0, stuck = 0;
        for (auto &core : cores_) {
            const auto wait = core->wait;
            const bool barrier =
                wait == CoreModel::Wait::fork || wait == CoreModel::Wait::join || wait == CoreModel::Wait::barrier;
            core->barrier_cycles += barrier;
            core->transfer_cycles += wait == CoreModel::Wait::transfer;
            core->l2_cycles += wait == CoreModel::Wait::time && core->due > cycle_ + 1;
            at_fork += wait == CoreModel::Wait::fork && core->index < p_.workers;
            stuck += barrier;
        }
        exposed_ += controller().wait == CoreModel::Wait::transfer && at_fork == p_.workers;
        if (stuck == (int)cores_.size()) {
            fail("all cores wait at barriers for one another at cycle %llu", (unsigned long long)cycle_);
        }
    }

    const Parameters p_;
    Memories &memories_;
    Events &events_;
    VerilatedContext context_;
    std::vector<std::unique_ptr<CoreModel>> cores_; /* workers, then the controller */
    Dma dma_;
    std::vector<uint64_t> asked_; /* of each bank: a bit for each requester */
    std::vector<int> next_;       /* of each bank: whose turn it is */
    std::vector<uint32_t> busy_;  /* banks that anyone asks for */
    std::vector<int> next_fpu_;   /* of each FPU: whose turn it is */
    int next_divider_ = 0;
    uint64_t divider_free_ = 0; /* the cycle from which it takes another operation */
    uint64_t cycle_ = 0;
    uint64_t exposed_ = 0; /* cycles of the controller's wait for a transfer in which no worker had work */
    uint64_t forked_conflicts_ = 0;
    bool ended_ = false;
    int exit_code_ = 0;
    uint32_t fault_address_ = 0, console_address_ = 0, console_got_ = 0;
    uint32_t dma_l1_ = 0, dma_l2_ = 0, dma_count_ = 0;
};
