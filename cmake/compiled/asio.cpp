// The bodies of Asio, for xfer::compiled.
#include <asio/impl/src.hpp>
