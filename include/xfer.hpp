// xfer: many HTTP(S) transfers at once, as coroutines on one thread. All of it but
// <xfer/trace.hpp>, which few need.
#pragma once

#include <xfer/auth.hpp>
#include <xfer/config.hpp>
#include <xfer/content_disposition.hpp>
#include <xfer/cookie_jar.hpp>
#include <xfer/error.hpp>
#include <xfer/failure.hpp>
#include <xfer/fields.hpp>
#include <xfer/form.hpp>
#include <xfer/info.hpp>
#include <xfer/ip_address.hpp>
#include <xfer/link.hpp>
#include <xfer/method.hpp>
#include <xfer/multi.hpp>
#include <xfer/network.hpp>
#include <xfer/options.hpp>
#include <xfer/proxy_rules.hpp>
#include <xfer/range_stream.hpp>
#include <xfer/ranges.hpp>
#include <xfer/received_head.hpp>
#include <xfer/remote.hpp>
#include <xfer/request.hpp>
#include <xfer/response.hpp>
#include <xfer/response_stream.hpp>
#include <xfer/settings.hpp>
#include <xfer/sink.hpp>
#include <xfer/source.hpp>
#include <xfer/stage.hpp>
#include <xfer/stats.hpp>
#include <xfer/status.hpp>
#include <xfer/tls.hpp>
#include <xfer/trace_detail.hpp>
#include <xfer/transfer_id.hpp>
#include <xfer/url.hpp>
#include <xfer/wait_fd.hpp>
