// The gate of the core's clocks as a wire. What it stops does not change while it is stopped: the core when it sleeps
// or has not been started, and the FPU without an operation. A latch would make a simulated cycle two.
module cv32e40p_clock_gate (
    input  logic clk_i,
    input  logic en_i,
    input  logic scan_cg_en_i,
    output logic clk_o
);
  assign clk_o = clk_i;
endmodule
