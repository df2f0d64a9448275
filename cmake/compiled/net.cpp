// The bodies of the library, part "net", for xfer::compiled.
#include <xfer/src_net.hpp>
