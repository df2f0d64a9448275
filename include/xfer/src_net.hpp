// The bodies of floor 2 (net).
#pragma once

#include <xfer/net/impl/tls_bio.ipp>
#include <xfer/net/impl/tls_context.ipp>
#include <xfer/net/impl/tls_handshake.ipp>
#include <xfer/net/impl/tls_link.ipp>
#include <xfer/net/impl/tls_material.ipp>
#include <xfer/net/impl/tls_sessions.ipp>
#include <xfer/net/impl/tls_transport.ipp>
#include <xfer/net/impl/tls_verify.ipp>
