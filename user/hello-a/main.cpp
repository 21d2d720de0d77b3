// Prints a hundred lines `A`: run beside hello-b, theirs interleave.
#include "user/lib/print.h"
#include "user/lib/program.h"
#include "user/lib/time.h"

int main(trivium::Arguments) {
    for (int i = 0; i < 100; ++i) {
        trivium::print("A\n");
        trivium::sleep_for(base::milliseconds(1)); // Else all lines would fit into one time slice.
    }
    return 0;
}
