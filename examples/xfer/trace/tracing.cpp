// -v, --trace and --trace-ascii: what goes over the wire, as curl shows it.
//
// Secrets: curl shows heads as they are sent and received, Authorization and cookies
// with them, and so does this (trace_detail::secrets), since whoever looks for what is
// wrong with a login needs them. User and password of URLs are never shown.
//
// Bodies are shown without the framing of chunks, and TLS records not at all: the
// library tells of what is above both.
#include "trace/tracing.hpp"

#include "trace/format.hpp"
#include "trace/story.hpp"
#include "trace/writer.hpp"

#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace tool {

struct tracer::state {
    bool wanted = false;
    trace_writer writer;
    trace_story story{writer};
};

tracer::tracer(
    const command& settings,
    std::FILE* out,
    std::FILE* err,
    std::function<void()> before_line,
    std::string& error
)
    : state_(std::make_unique<state>()) {
    auto& s = *state_;
    std::vector<std::string> unknown;
    error.clear();
    s.writer.show = trace_components_of(settings, unknown);
    s.writer.before_line = std::move(before_line);
    s.wanted = settings.verbose || !settings.trace_file.empty();
    s.writer.out = err;
    if (!settings.trace_file.empty()) {
        s.writer.form =
            settings.trace_ascii ? trace_form::ascii : trace_form::hexadecimal;
        if (settings.trace_file == "-") {
            s.writer.out = out;
        } else if (settings.trace_file != "%") {
            s.writer.out = std::fopen(settings.trace_file.c_str(), "w");
            s.writer.owned = s.writer.out != nullptr;
            if (!s.writer.owned) {
                error =
                    settings.trace_file + ": " + std::generic_category().message(errno);
                s.wanted = false;
                return;
            }
        }
    }
    s.writer.terminal = !s.writer.owned && ::isatty(::fileno(s.writer.out)) == 1;
}

tracer::~tracer() = default;

bool tracer::wanted() const noexcept { return state_->wanted; }

xfer::trace_detail tracer::detail() const noexcept {
    xfer::trace_detail shown;
    shown.secrets = state_->wanted;
    return shown;
}

void tracer::bodies_on_terminal(bool on) noexcept {
    state_->writer.hide_sizes = on && state_->writer.terminal;
}

void tracer::operator()(const xfer::trace_event& e) {
    auto& s = *state_;
    if (!s.wanted) return;
    s.story.tell(e);
    s.writer.write();
}

std::vector<std::string> trace_config_warnings(const command& settings) {
    std::vector<std::string> unknown;
    static_cast<void>(trace_components_of(settings, unknown));
    std::vector<std::string> warnings;
    for (const auto& name : unknown) {
        warnings.push_back("--trace-config: there is no component '" + name + "'");
    }
    return warnings;
}

}  // namespace tool
