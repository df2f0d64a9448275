// The bodies of the library, part "net", compiled once for all tests.
#include <xfer/src_net.hpp>
