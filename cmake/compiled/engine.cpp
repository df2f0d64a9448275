// The bodies of the library, part "engine", compiled once for all tests.
#include <xfer/src_engine.hpp>
