// The bodies of floor 2 (net).
#pragma once

#include <xfer/net/impl/address_order.ipp>
#include <xfer/net/impl/attempt.ipp>
#include <xfer/net/impl/connect_attempt.ipp>
#include <xfer/net/impl/descriptor_wait.ipp>
#include <xfer/net/impl/dialer.ipp>
#include <xfer/net/impl/epoll_attempt.ipp>
#include <xfer/net/impl/epoll_transport.ipp>
#include <xfer/net/impl/local_end.ipp>
#include <xfer/net/impl/loop.ipp>
#include <xfer/net/impl/readiness_set.ipp>
#include <xfer/net/impl/resolver.ipp>
#include <xfer/net/impl/socket_dialer.ipp>
#include <xfer/net/impl/socket_state.ipp>
#include <xfer/net/impl/socket_transport.ipp>
#include <xfer/net/impl/tls_bio.ipp>
#include <xfer/net/impl/tls_choices.ipp>
#include <xfer/net/impl/tls_context.ipp>
#include <xfer/net/impl/tls_handshake.ipp>
#include <xfer/net/impl/tls_key_log.ipp>
#include <xfer/net/impl/tls_link.ipp>
#include <xfer/net/impl/tls_material.ipp>
#include <xfer/net/impl/tls_sessions.ipp>
#include <xfer/net/impl/tls_transport.ipp>
#include <xfer/net/impl/tls_verify.ipp>
#include <xfer/net/impl/worker_pool.ipp>
