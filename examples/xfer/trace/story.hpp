// What a trace says of each step of a transfer.
#pragma once

#include "trace/writer.hpp"
#include <xfer/trace.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tool {

/// Tells the steps of all transfers in curl's words.
class trace_story {
 public:
    explicit trace_story(trace_writer& writer) noexcept : writer_(writer) {}

    void tell(const xfer::trace_event& e);

 private:
    /// What a transfer was last told to do.
    struct talk {
        std::string method;
        std::string scheme;
        std::string host;  ///< of the URL
        std::string peer;  ///< that was looked up: the host, or a proxy
        std::vector<std::string> addresses;  ///< of that, until they were shown
        std::uint64_t connection = 0;        ///< that it uses, or has used
        std::uint64_t body_sent = 0;
        bool asked_to_close = false;
        bool answered = false;    ///< a head has come, and nothing was said of its end
        bool persistent = false;  ///< as that head says
        bool redirected = false;
    };

    void conclude(const xfer::trace_event& e, talk& t);
    // One for each type of step.
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::queued& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::started& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::resolving& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::resolved& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::connecting& step);
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::connect_failed& step
    );
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::connected& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::proxy& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::secured& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::reused& step);
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::request_head& step
    );
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::request_body& step
    );
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::request_sent& step
    );
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::interim_head& step
    );
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::response_head& step
    );
    void tell(
        const xfer::trace_event& e, talk& t, const xfer::trace::response_body& step
    );
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::login& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::redirected& step);
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::retried& step);
    void tell(const xfer::trace_event&, talk&, const xfer::trace::wire_sent&) {}
    void tell(const xfer::trace_event&, talk&, const xfer::trace::wire_received&) {}
    void tell(const xfer::trace_event& e, talk& t, const xfer::trace::done& step);

    trace_writer& writer_;
    std::map<std::uint64_t, talk> talks_;  ///< by transfer_id::serial()
};

}  // namespace tool
