// The bodies of floors 0 (base) and 1 (proto); no Asio.
#pragma once

#include <xfer/detail/impl/atomic_file.ipp>
#include <xfer/detail/impl/field_store.ipp>
#include <xfer/detail/impl/file.ipp>
#include <xfer/detail/impl/ip_text.ipp>
#include <xfer/detail/impl/octets.ipp>
#include <xfer/impl/content_disposition.ipp>
#include <xfer/detail/impl/random.ipp>
#include <xfer/detail/impl/secret.ipp>
#include <xfer/impl/auth.ipp>
#include <xfer/impl/error.ipp>
#include <xfer/impl/failure.ipp>
#include <xfer/impl/fields.ipp>
#include <xfer/impl/link.ipp>
#include <xfer/impl/method.ipp>
#include <xfer/impl/tls.ipp>
#include <xfer/impl/url.ipp>
#include <xfer/proto/impl/base64.ipp>
#include <xfer/proto/impl/chunked.ipp>
#include <xfer/proto/impl/date.ipp>
#include <xfer/proto/impl/field_section.ipp>
#include <xfer/proto/impl/framing.ipp>
#include <xfer/proto/impl/head_parser.ipp>
#include <xfer/proto/impl/head_writer.ipp>
#include <xfer/proto/impl/range.ipp>
#include <xfer/proto/impl/redirect.ipp>
