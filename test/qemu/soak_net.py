"""The long run of the network: many echo requests, then very many bad frames, on a card of a random kind."""

import random
import tempfile
from pathlib import Path

from machine import LOGS, Machine, Surprise
from net_peer import KERNEL_IP, PEER_IP, Peer, abuse, ping_many

PINGS = 100_000
BAD_FRAMES = 1_000_000


def random_card(choose):
    """A transport, a kind of receive buffers, a kind of interrupt: what a card may come with."""
    driver = "virtio-net-device"
    features = [f"-global {driver}.{feature}=off" for feature in ("mrg_rxbuf", "event_idx", "indirect_desc")
                if choose.random() < 0.3]
    knobs = {"QEMU_EXTRA": " ".join(features)} if features else {}
    return knobs | ({"TRANSPORT": "pci"} if choose.random() < 0.5 else {})


def run(architecture, seed, knobs):
    """One machine with these knobs, and a random card."""
    choose = random.Random(f"{seed} {architecture} net")
    knobs = knobs | random_card(choose)
    print(" ".join(f"{name}={value}" for name, value in knobs.items()), flush=True)
    with tempfile.TemporaryDirectory(prefix="trivium-net-") as folder:
        peer = Peer(Path(folder))
        machine = Machine(architecture, LOGS / f"soak-net-{architecture}-{seed}.log", NET=peer.netdev,
                          **knobs | {"APPEND": f"ip={KERNEL_IP}/24,{PEER_IP}"})
        try:
            machine.boot()
            ping_many(peer, PINGS, choose)
            abuse(peer, BAD_FRAMES, choose)
            if "given up" in machine.command("log"):
                raise Surprise(f"the card was given up\n{machine.describe()}")
        finally:
            machine.stop()
            peer.close()
    machine.log_path.unlink()
