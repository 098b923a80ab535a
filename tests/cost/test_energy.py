"""Energy of a frame, worked out by hand."""

from dataclasses import replace

import pytest
from clusterplans import cluster, handmade

from ossicle.cost import discrete_event_model
from ossicle.cost.discrete_event_model import simulated_timeline
from ossicle.cost.energy import assumptions, frame_energy
from ossicle.targets import OperatingPoint, Store

FAST = OperatingPoint(0.8, 400e6, (0.040, 0.060), (0.004, 0.008))
SLOW = OperatingPoint(0.6, 100e6, (0.010, 0.020), (0.001, 0.004))


@pytest.fixture
def chip():
    l3 = (Store("mram", 10**6, 20.0, 100e6), Store("external", 10**6, 900.0, 100e6))
    return replace(cluster(latency=0), points=(FAST, SLOW), l3=l3, l2=Store("l2", 10**6, 1.5))


def uneven(phase):
    return [100_000, 50_000]


def test_energy_is_that_of_cycles_time_and_bytes(chip):
    plan = handmade([("layer_one", 0)], [80_000], "dma_issue:0 dma_wait:0 phase_begin:0")
    frame = simulated_timeline(plan, chip, uneven)
    assert frame.cycles == 110_000
    energy = frame_energy(frame, chip, SLOW, 10.0)
    assert energy.needed_ms == pytest.approx(1.1) and energy.in_time
    # Two workers compute for 1 and 0.5 ms at half of 9 to 16 mW each.
    assert energy.computing == pytest.approx((4.5 + 2.25, 8 + 4))
    assert energy.idle == pytest.approx((10.0, 40.0))
    assert energy.copying == pytest.approx({"l2": 0.12, "mram": 0.0})
    assert energy.microjoules == pytest.approx((16.87, 52.12))
    assert energy.milliwatts == pytest.approx((1.687, 5.212))


def test_a_hop_that_is_late_idles_for_no_longer_than_it_takes(chip):
    plan = handmade([("layer_one", None)], [], "phase_begin:0")
    energy = frame_energy(simulated_timeline(plan, chip, uneven), chip, SLOW, 0.5)
    assert not energy.in_time and energy.needed_ms == pytest.approx(1.0)
    assert energy.idle == pytest.approx((1.0, 4.0))
    assert energy.milliwatts == pytest.approx(energy.microjoules)


def test_estimates_name_what_they_rest_on(chip):
    assert assumptions(chip, SLOW) == (
        "power is modelled, not measured on a chip: 10.0 to 20.0 mW while all workers compute, 1.0 to 4.0 mW "
        "while they wait, at 0.6 V and 100 MHz; picojoules a byte: 1.5 from l2, 20 from mram, 900 from "
        "external; the target's file says which of these are assumed"
    )
    assert discrete_event_model.assumptions(chip).endswith(
        "a copy into L1 has its first bytes after 0, and then 8.00 in each, 8.00 while all workers compute; "
        "a command takes 0, a fork 0 more and a join 0"
    )
