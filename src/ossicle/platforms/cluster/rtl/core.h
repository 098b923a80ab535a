/* One verilated core with its FPU, and what its two buses have under way.
 *
 * Instruction memory is ideal: every fetch is granted, and answered in the next cycle. A cycle of a core is settle()
 * with the answers that are due, deny() where its data access is not granted, and tick(). Grants are assumed until
 * denied, so that a core is evaluated twice in most cycles.
 *
 * Core and FPU are two models, wired here as cv32e40p_top wires them: the FPU, whose answers come from registers, is
 * evaluated only when its clock runs there, which saves more than half of the time. Each core computes in an FPU of its
 * own; that they are fewer is a matter of deny_fpu(). */
#pragma once

#include <cstdint>
#include <memory>

#include "Core.h"
#include "Fpu.h"
#include "events.h"
#include "memory.h"

class CoreModel {
public:
    /* What the answer to the outstanding data access waits for. */
    enum class Wait { nothing, time, fork, join, barrier, transfer };

    /* `still` is for how many cycles a core without an answer is computed; after that, its state is the same after
     * each clock edge. More than its longest instruction takes, a division of 35 cycles, changes nothing. */
    CoreModel(VerilatedContext &context, Memories &memories, int index, uint32_t entry, uint64_t still)
        : index(index), core_(std::make_unique<Core>(&context)), fpu_(std::make_unique<Fpu>(&context)),
          memories_(memories), still_(still)
    {
        core_->boot_addr_i = core_->mtvec_addr_i = entry;
        core_->dm_halt_addr_i = core_->dm_exception_addr_i = entry;
        core_->hart_id_i = (uint32_t)index;
        core_->fetch_enable_i = 1;
        core_->instr_gnt_i = core_->data_gnt_i = core_->apu_gnt_i = 1;
        for (int half = 0; half < 4; half++) {
            core_->rst_ni = fpu_->rst_ni = 0;
            core_->clk_i = fpu_->clk_i = half & 1;
            core_->eval();
            fpu_->eval();
        }
        core_->rst_ni = fpu_->rst_ni = 1;
    }

    ~CoreModel()
    {
        core_->final();
        fpu_->final();
    }

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
        if (still()) {
            return;
        }
        core_->clk_i = 0;
        core_->data_rvalid_i = answered;
        core_->data_rdata_i = data;
        core_->data_gnt_i = 1;
        core_->instr_rvalid_i = fetching_;
        core_->instr_rdata_i = fetching_ ? fetched() : 0;
        core_->apu_gnt_i = 1;
        core_->eval();
        asked_fpu_ = core_->apu_req_o;
        if (asked_fpu_) {
            ask_fpu();
            if (!fpu_->apu_gnt_o) {
                refuse_fpu();
            }
        }
    }

    /* Whether an operation goes to the FPU in this cycle; a division or root keeps a unit of its own busy. */
    bool asks_fpu() const { return !still() && asked_fpu_ && fpu_->apu_req_i; }
    bool divides() const { return operation() == divide || operation() == root; }

    void deny_fpu()
    {
        refuse_fpu();
        fpu_waits++;
    }

    bool requests() const { return core_->data_req_o; }
    bool writes() const { return core_->data_we_o; }
    uint32_t address() const { return core_->data_addr_o & ~3u; }
    uint32_t written() const { return core_->data_wdata_o; }
    unsigned enable() const { return core_->data_be_o; }
    uint32_t fetch_address() const { return fetch_address_; }

    void deny()
    {
        if (!still()) {
            core_->data_gnt_i = 0;
            core_->eval();
        }
    }

    /* The second half: the clock edge. */
    void tick()
    {
        if (still()) {
            return;
        }
        fetching_ = core_->instr_req_o;
        if (fetching_) {
            fetch_address_ = core_->instr_addr_o;
        }
        if (core_->apu_req_o || core_->apu_busy_o) {
            tick_fpu();
        }
        core_->clk_i = 1;
        core_->eval();
        core_->apu_rvalid_i = fpu_->apu_rvalid_o;
        core_->apu_result_i = fpu_->apu_rdata_o;
        core_->apu_flags_i = fpu_->apu_rflags_o;
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
    int id = 0; /* of Wait::transfer */
    uint64_t due = 0;
    uint32_t data = 0;
    uint64_t conflicts = 0, barrier_cycles = 0, transfer_cycles = 0, l2_cycles = 0, fpu_waits = 0;

private:
    static constexpr unsigned divide = 4, root = 5; /* of fpnew_pkg::operation_e, the lowest four bits of apu_op_o */

    unsigned operation() const { return core_->apu_op_o & 15u; }

    void refuse_fpu()
    {
        core_->apu_gnt_i = 0;
        core_->eval();
        fpu_->apu_req_i = 0;
        fpu_->eval();
    }

    bool still() const { return blocked_ > still_; }

    void ask_fpu()
    {
        fpu_->clk_i = 0;
        fpu_->apu_req_i = core_->apu_req_o;
        fpu_->apu_op_i = core_->apu_op_o;
        fpu_->apu_flags_i = core_->apu_flags_o;
        fpu_->apu_operands_i = core_->apu_operands_o;
        fpu_->eval();
    }

    void tick_fpu()
    {
        if (!asked_fpu_) {
            ask_fpu();
        }
        fpu_->clk_i = 1;
        fpu_->eval();
    }

    uint32_t fetched() const
    {
        Memory *const memory = memories_.find(fetch_address_);
        if (!memory) {
            fail("core %d fetched an instruction from 0x%08x, where there is no memory", index, fetch_address_);
        }
        return memory->word(fetch_address_);
    }

    std::unique_ptr<Core> core_;
    std::unique_ptr<Fpu> fpu_;
    Memories &memories_;
    const uint64_t still_;
    uint64_t blocked_ = 0; /* cycles that the outstanding access has not been answered */
    bool fetching_ = false, asked_fpu_ = false;
    uint32_t fetch_address_ = 0;
};
