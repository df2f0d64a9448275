// The bodies of the library, part "base", compiled once for all tests.
#include <xfer/src_base.hpp>
