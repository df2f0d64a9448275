// Every body of the library: include this in one file when XFER_SEPARATE_COMPILATION
// is defined everywhere.
#pragma once

#include <xfer/src_base.hpp>
#include <xfer/src_engine.hpp>
#include <xfer/src_net.hpp>
