/* One verilated core and what its two buses have under way.
 *
 * Instruction memory is ideal: every fetch is granted, and answered in the next cycle. A cycle of a core is settle()
 * with the answers that are due, deny() where its data access is not granted, and tick(). Grants are assumed until
 * denied, so that a core is evaluated twice in most cycles. */
#pragma once

#include <cstdint>
#include <memory>

#include "Core.h"
#include "events.h"
#include "memory.h"

class CoreModel {
public:
    /* What the answer to the outstanding data access waits for. */
    enum class Wait { nothing, time, fork, join, barrier, transfer };

    CoreModel(VerilatedContext &context, Memories &memories, int index, uint32_t entry)
        : index(index), model_(std::make_unique<Core>(&context)), memories_(memories)
    {
        model_->boot_addr_i = model_->mtvec_addr_i = entry;
        model_->hart_id_i = (uint32_t)index;
        model_->dm_halt_addr_i = model_->dm_exception_addr_i = entry;
        model_->fetch_enable_i = 1;
        model_->instr_gnt_i = model_->data_gnt_i = 1;
        for (int half = 0; half < 4; half++) {
            model_->rst_ni = 0;
            model_->clk_i = half & 1;
            model_->eval();
        }
        model_->rst_ni = 1;
    }

    ~CoreModel() { model_->final(); }

    /* The first half of a cycle: answers arrive, and the core says what it asks for. */
    void settle(uint64_t cycle)
    {
        const bool answered = wait == Wait::time && cycle >= due;
        if (answered) {
            wait = Wait::nothing;
            blocked_ = 0;
        } else if (wait != Wait::nothing) {
            blocked_++;
        }
        if (frozen()) {
            return;
        }
        model_->clk_i = 0;
        model_->data_rvalid_i = answered;
        model_->data_rdata_i = data;
        model_->data_gnt_i = 1;
        model_->instr_rvalid_i = fetching_;
        model_->instr_rdata_i = fetching_ ? fetched() : 0;
        model_->eval();
    }

    bool requests() const { return model_->data_req_o; }
    bool writes() const { return model_->data_we_o; }
    uint32_t address() const { return model_->data_addr_o & ~3u; }
    uint32_t written() const { return model_->data_wdata_o; }
    unsigned enable() const { return model_->data_be_o; }
    uint32_t fetch_address() const { return fetch_address_; }

    void deny()
    {
        if (!frozen()) {
            model_->data_gnt_i = 0;
            model_->eval();
        }
    }

    /* The second half: the clock edge. */
    void tick()
    {
        if (frozen()) {
            return;
        }
        fetching_ = model_->instr_req_o;
        if (fetching_) {
            fetch_address_ = model_->instr_addr_o;
        }
        model_->clk_i = 1;
        model_->eval();
    }

    /* The answer to the access that was just granted is due at a cycle. */
    void answer(uint64_t cycle, uint32_t value)
    {
        wait = Wait::time;
        due = cycle;
        data = value;
    }

    const int index;
    Wait wait = Wait::nothing;
    int ticket = 0; /* of Wait::transfer */
    uint64_t due = 0;
    uint32_t data = 0;
    uint64_t conflicts = 0, barrier_cycles = 0, transfer_cycles = 0, l2_cycles = 0;

private:
    /* Cycles after which nothing moves any more in a core that gets no answer: more than its longest instruction
     * takes, a division of 35 cycles. Its state is the same after each clock edge then, and is not computed. */
    static constexpr uint64_t still = 64;

    bool frozen() const { return blocked_ > still; }

    uint32_t fetched() const
    {
        Memory *const memory = memories_.find(fetch_address_);
        if (!memory) {
            fail("core %d fetched an instruction from 0x%08x, where there is no memory", index, fetch_address_);
        }
        return memory->word(fetch_address_);
    }

    std::unique_ptr<Core> model_;
    Memories &memories_;
    uint64_t blocked_ = 0; /* cycles that the outstanding access has not been answered */
    bool fetching_ = false;
    uint32_t fetch_address_ = 0;
};
