"""Ending and starting again."""


def test_poweroff_ends_qemu_with_success(machine):
    machine.type("poweroff\r")
    machine.wait_for_exit()
    assert machine.exit_status == 0


def test_poweroff_on_several_cpus(boot):
    machine = boot(SMP=4)
    machine.type("poweroff\r")
    machine.wait_for_exit()
    assert machine.exit_status == 0


def test_reboot_starts_again(machine):
    """Hello and prompt come again, in the same QEMU, as often as asked for; time starts anew."""
    for _ in range(2):
        machine.type("reboot\r")
        machine.expect_text("Hello World from Trivium on")
        machine.boot()
    assert "up " in machine.command("uptime")
    machine.type("poweroff\r")
    machine.wait_for_exit()
    assert machine.exit_status == 0
