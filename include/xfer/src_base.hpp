// The bodies of floors 0 (base) and 1 (proto); no Asio.
#pragma once

#include <xfer/impl/error.ipp>
