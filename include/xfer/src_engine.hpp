// The bodies of floors 3 to 5 (http, engine, face), and of xfer/testing.
#pragma once

#include <xfer/testing/impl/certificate.ipp>
#include <xfer/testing/detail/impl/connection.ipp>
#include <xfer/testing/detail/impl/files.ipp>
#include <xfer/testing/detail/impl/ledger.ipp>
#include <xfer/testing/detail/impl/request_reader.ipp>
#include <xfer/testing/detail/impl/sending.ipp>
#include <xfer/testing/detail/impl/tls_context.ipp>
#include <xfer/testing/detail/impl/wire.ipp>
#include <xfer/testing/impl/script.ipp>
#include <xfer/testing/impl/server.ipp>
#include <xfer/testing/impl/memory_transport.ipp>
