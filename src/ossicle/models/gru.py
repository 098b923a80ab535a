"""A GRU that trains on a CPU, where PyTorch's is slow."""

from typing import Any, overload

import torch
from torch import nn
from torch.nn.utils.rnn import PackedSequence


class GRU(nn.GRU):
    """:class:`torch.nn.GRU`, batch first, with a gradient of its own on the CPU, under autocast or not.

    There PyTorch has no fused GRU: it forms the gradient of the recurrent weights anew at
    each step, over the whole matrix. Here that is one product over all steps.
    """

    @overload
    def forward(
        self, input: torch.Tensor, hx: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]: ...

    @overload
    def forward(
        self, input: PackedSequence, hx: torch.Tensor | None = None
    ) -> tuple[PackedSequence, torch.Tensor]: ...

    def forward(
        self, input: torch.Tensor | PackedSequence, hx: torch.Tensor | None = None
    ) -> tuple[torch.Tensor | PackedSequence, torch.Tensor]:
        """Run ``(batch, time, features)``; returns outputs of the same layout and the new state."""
        if isinstance(input, PackedSequence) or input.is_cuda or not torch.is_grad_enabled():
            return super().forward(input, hx)
        dtype = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
        state = hx
        if state is None:
            state = input.new_zeros(self.num_layers, len(input), self.hidden_size, dtype=torch.float32)
        x, last = input.transpose(0, 1), []
        for start, (w_ih, w_hh, b_ih, b_hh) in zip(state, self.all_weights, strict=True):
            gates = nn.functional.linear(x, w_ih, b_ih).float()
            # PyTorch does not annotate apply.
            x = _Recurrence.apply(gates, start, w_hh, b_hh, dtype)  # type: ignore[no-untyped-call]
            last.append(x[-1])
        return x.transpose(0, 1), torch.stack(last)


class _Recurrence(torch.autograd.Function):
    """The states ``(time, batch, hidden)`` of one layer, given the input's share of its gates.

    ``h' = n + z (h - n)`` with ``r, z = sigmoid(x + W h + b)`` and ``n = tanh(x + r (W h + b))``; the gates'
    order is PyTorch's: r, z, n. Products are of ``dtype``, all else is float32.
    """

    @staticmethod
    def forward(
        ctx: Any,
        gates: torch.Tensor,
        start: torch.Tensor,
        weight: torch.Tensor,
        bias: torch.Tensor,
        dtype: torch.dtype,
    ) -> torch.Tensor:
        hidden = weight.shape[1]
        states = gates.new_empty(len(gates) + 1, *start.shape)
        memories = torch.empty_like(states[1:])
        gates = gates.clone()
        before = states[0].copy_(start)
        weight = weight.to(dtype)
        for gate, memory, after in zip(gates, memories, states[1:], strict=True):
            recurrent = torch.mm(before.to(dtype), weight.t()).float().add_(bias)
            both, new = gate.tensor_split((2 * hidden,), -1)
            both.add_(recurrent[:, : 2 * hidden]).sigmoid_()
            memory.copy_(recurrent[:, 2 * hidden :])
            new.addcmul_(both[:, :hidden], memory).tanh_()
            before = torch.lerp(new, before, both[:, hidden:], out=after)
        ctx.save_for_backward(gates, states, memories, weight)
        return states[1:]

    @staticmethod
    def backward(ctx: Any, into: torch.Tensor) -> tuple[torch.Tensor | None, ...]:
        gates, states, memories, weight = ctx.saved_tensors
        reset, update, new = gates.chunk(3, -1)
        # The derivatives that no step waits for.
        to_update = (states[:-1] - new).mul_(update).mul_(1 - update)
        to_new = (1 - new * new).mul_(1 - update)
        to_reset = (memories * reset).mul_(1 - reset)
        d_gates, d_recurrent = torch.empty_like(gates), torch.empty_like(gates)
        carried = torch.zeros_like(states[0])
        for step in reversed(range(len(gates))):
            carried = carried + into[step]
            d_reset, d_update, d_memory = d_recurrent[step].chunk(3, -1)
            d_new = torch.mul(carried, to_new[step], out=d_gates[step].chunk(3, -1)[2])
            torch.mul(carried, to_update[step], out=d_update)
            torch.mul(d_new, to_reset[step], out=d_reset)
            torch.mul(d_new, reset[step], out=d_memory)
            back = torch.mm(d_recurrent[step].to(weight.dtype), weight).float()
            carried = back.addcmul_(carried, update[step])
        d_gates[..., : 2 * weight.shape[1]] = d_recurrent[..., : 2 * weight.shape[1]]
        rows = d_recurrent.flatten(0, 1)
        d_weight = torch.mm(rows.to(weight.dtype).t(), states[:-1].flatten(0, 1).to(weight.dtype))
        return d_gates, carried, d_weight.float(), rows.sum(0), None
