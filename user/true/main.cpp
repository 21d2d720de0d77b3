// Does nothing, successfully: the smallest program there is, for measuring and for stress.
#include "user/lib/program.h"

int main(trivium::Arguments) { return 0; }
