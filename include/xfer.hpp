// All of xfer: many HTTP(S) transfers at once, as coroutines on one thread.
#pragma once

#include <xfer/config.hpp>
#include <xfer/error.hpp>
#include <xfer/failure.hpp>
#include <xfer/fields.hpp>
#include <xfer/form.hpp>
#include <xfer/info.hpp>
#include <xfer/method.hpp>
#include <xfer/multi.hpp>
#include <xfer/options.hpp>
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
#include <xfer/transfer_id.hpp>
#include <xfer/url.hpp>
#include <xfer/wait_fd.hpp>
