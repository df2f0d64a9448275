// The other half of a program whose files disagree on how the library is used.
#include <xfer.hpp>

void add_one(xfer::multi& m) { m.add("http://127.0.0.1/"); }
