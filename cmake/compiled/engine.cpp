// The bodies of the library, part "engine", for xfer::compiled.
#include <xfer/src_engine.hpp>
