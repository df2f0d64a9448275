// One half of a program whose files disagree on how the library is used.
#include <xfer.hpp>

void add_one(xfer::multi& m);

int main() {
    xfer::multi m;
    add_one(m);
}
