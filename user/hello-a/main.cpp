// Prints a hundred lines `A`: run beside hello-b, theirs interleave.
#include "user/lib/calls.h"
#include "user/lib/print.h"
#include "user/lib/program.h"

int main(trivium::Arguments) {
    for (int i = 0; i < 100; ++i) {
        trivium::print("A\n");
        (void)trivium::call::yield(); // Else a whole program would fit into one time slice.
    }
    return 0;
}
