// The bodies of floors 3 to 5 (http, engine, face), and of xfer/testing.
#pragma once

#include <xfer/testing/impl/certificate.ipp>
