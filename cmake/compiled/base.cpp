// The bodies of the library, part "base", for xfer::compiled.
#include <xfer/src_base.hpp>
