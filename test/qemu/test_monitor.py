"""The prompt: editing a line, history, and what each command answers."""

import re
import secrets

UP, DOWN, LEFT = "\x1b[A", "\x1b[B", "\x1b[D"
BACKSPACE, CONTROL_C, CONTROL_U = "\x7f", "\x03", "\x15"
COMMANDS = ["help", "devices", "tree", "memory", "interrupts", "ticks", "uptime", "log", "panic", "reboot", "poweroff"]


def answer_to(machine, keys):
    """Types keys that end in a line; returns all that is shown up to the next prompt, echo included."""
    machine.type(keys)
    return machine.wait_for_prompt()


def seconds_up(machine):
    return float(re.search(r"(\d+\.\d+)", machine.command("uptime"))[1])


def test_help_lists_every_command(machine):
    listed = [line.split()[0] for line in machine.command("help").splitlines() if line.strip()]
    assert set(COMMANDS) <= set(listed)


def test_unknown_word_is_named(machine):
    word = "x" + secrets.token_hex(6)
    assert word in machine.command(f"{word} 1 2 3")


def test_empty_lines_are_ignored(machine):
    assert machine.command("") == ""
    assert machine.command("   ") == ""


def test_nothing_of_a_burst_is_lost(machine):
    """More than the kernel's queue holds: what has no room must wait in the device."""
    word = "x" + secrets.token_hex(6)
    machine.type("uptime\r" * 300 + f"{word}\r")
    machine.expect_text(f"{word}: no such command", deadline=20)
    assert len(re.findall(r"up \d+\.\d+ s", machine.before)) == 300


def test_words_may_stand_apart(machine):
    assert machine.command("   ticks    1   ").split() == ["tick", "1"]


def test_wrong_arguments_get_an_answer(machine):
    for line in ["ticks zero", "ticks 0", "ticks -1", "ticks 99999999999999999999999999", "panic no-such-kind"]:
        assert machine.command(line).strip(), f"no answer to {line!r}"


def test_long_line_gets_an_answer(machine):
    answer = answer_to(machine, "z" * 200 + "\r")
    assert "long" in answer.splitlines()[-1]
    assert "up " in machine.command("uptime")


def test_backspace(machine):
    assert "up " in answer_to(machine, "upx" + BACKSPACE + "timez" + BACKSPACE + "\r")


def test_backspace_at_the_start_of_a_line(machine):
    assert "up " in answer_to(machine, BACKSPACE * 5 + "uptime\r")


def test_insertion_in_the_middle(machine):
    assert "up " in answer_to(machine, "utime" + LEFT * 4 + "p\r")


def test_control_u_erases_the_line(machine):
    assert "no such" not in answer_to(machine, "nonsense" + CONTROL_U + "uptime\r")


def test_control_c_abandons_the_line(machine):
    machine.type("nonsense" + CONTROL_C)
    assert "^C" in machine.wait_for_prompt()
    assert "up " in machine.command("uptime")


def test_control_c_ends_ticks(machine):
    machine.type("ticks 1000\r")
    machine.expect_text("tick 1\r\n")
    machine.type(CONTROL_C)
    machine.wait_for_prompt()
    assert seconds_up(machine) < 60


def test_history_by_arrow_keys(machine):
    first, second = "a" + secrets.token_hex(4), "b" + secrets.token_hex(4)
    machine.command(first)
    machine.command(second)
    assert f"{second}: " in answer_to(machine, UP + "\r")
    assert f"{first}: " in answer_to(machine, UP + UP + "\r")
    newest = f"{first}: "
    assert newest in answer_to(machine, UP + UP + DOWN + "\r")


def test_unknown_escape_sequences_and_controls_are_ignored(machine):
    assert "up " in answer_to(machine, "\x1b[5~up\x0e\x1b[200~\x0ftime\r")


def test_either_newline_submits(machine):
    assert "up " in answer_to(machine, "uptime\n")
    machine.type("uptime\r\n")
    assert "up " in machine.wait_for_prompt()
    assert machine.command("") == ""


def test_typing_ahead_is_not_lost(machine):
    words = ["w" + secrets.token_hex(3) for _ in range(6)]
    machine.type("".join(word + "\r" for word in words))
    for word in words:
        assert f"{word}: " in machine.wait_for_prompt()


def test_uptime_only_goes_forward(machine):
    times = [seconds_up(machine) for _ in range(20)]
    assert all(earlier < later for earlier, later in zip(times, times[1:]))
    assert times[-1] < 60


def test_log_shows_the_boot_again(boot):
    machine = boot()
    logged = machine.command("log")
    assert machine.nonce in logged
    stamps = [float(stamp) for stamp in re.findall(r"^\[\s*(\d+\.\d+) cpu\d+\]", logged, re.MULTILINE)]
    assert stamps and stamps == sorted(stamps)


# What every machine of the kind has, by its name on the device list.
DEVICES = {
    "arm64": ["arm,pl011", "arm,gic-v3", "arm,armv8-timer", "virtio,mmio", "pci-host-ecam-generic"],
    "x64": ["io-?apic", "hpet", "pci-host-ecam-generic", "ns16550a"],
    "rv64": ["ns16550a", "plic", "virtio,mmio", "sifive,test", "pci-host-ecam-generic"],
}


def test_devices_lists_what_the_machine_has(machine, architecture):
    listed = machine.command("devices")
    assert re.search(r"0x0*(9000000|10000000|fec00000)\b", listed), "neither console nor interrupt controller"
    for pattern in DEVICES[architecture]:
        assert re.search(pattern, listed), f"no device like {pattern!r}"


def test_tree_shows_all_of_it(machine, architecture):
    shown = machine.command("tree", deadline=30)
    expected = {
        "arm64": ["cpus", "intc@8000000", "pl011@9000000", "bootargs", "#address-cells", machine.nonce],
        "x64": ["MADT", "FADT", "HPET", "MCFG", "DSDT", "checksum right"],
        "rv64": ["cpus", "plic@c000000", "soc", "bootargs", "#address-cells", machine.nonce],
    }
    for pattern in expected[architecture]:
        assert re.search(pattern, shown), f"no {pattern!r} in the tree"


def test_memory_adds_up(machine):
    """Free memory is below what there is, and most of it."""
    numbers = machine.command("memory")
    assert re.search(r"free", numbers)
    assert re.search(r"\b12[78]\b", numbers)
