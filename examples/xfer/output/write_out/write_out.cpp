// -w: a text with variables, written after each transfer.
#include "output/write_out/write_out.hpp"

#include "options/input.hpp"
#include "output/write_out/variables.hpp"

#include <array>
#include <chrono>
#include <ctime>
#include <memory>

namespace tool {

namespace {

/// "\n" and its like; any other backslash is one.
void append_escaped(std::string& out, char next) {
    switch (next) {
        case 'n':
            out += '\n';
            break;
        case 'r':
            out += '\r';
            break;
        case 't':
            out += '\t';
            break;
        default:
            out += '\\';
            out += next;
    }
}

/// The separator of %header{name:all:separator}, in which "\}" is a brace.
std::string separator_text(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            out += text[i];
        } else if (++i < text.size()) {
            if (text[i] == '}') {
                out += '}';
            } else {
                append_escaped(out, text[i]);
            }
        }
    }
    return out;
}

/// %header{...}: the first value of a name, or all of them.
std::string header_text(std::string_view what, const outcome& ended) {
    constexpr std::string_view all_mark = ":all:";
    const auto colon = what.find(':');
    const auto name = what.substr(0, colon);
    if (colon == std::string_view::npos || !what.substr(colon).starts_with(all_mark)) {
        return std::string(ended.response.header(what));
    }
    const auto between = separator_text(what.substr(colon + all_mark.size()));
    std::string out;
    bool more = false;
    for (const auto line : ended.response.fields().all(name)) {
        out.append(more ? between : std::string()).append(line.value);
        more = true;
    }
    return out;
}

/// %time{...}: now, in UTC, as strftime() writes it; %f are its microseconds.
std::string time_text(std::string_view format) {
    using namespace std::chrono;
    const auto now = system_clock::now();
    const auto seconds = floor<std::chrono::seconds>(now);
    std::array<char, 24> fraction{};
    const auto us = duration_cast<microseconds>(now - seconds).count();
    std::snprintf(
        fraction.data(), fraction.size(), "%06lld", static_cast<long long>(us)
    );
    const auto epoch = system_clock::to_time_t(seconds);
    // strftime() would take the local zone for these.
    std::string portable;
    for (std::size_t i = 0; i < format.size(); ++i) {
        const char kind =
            format[i] == '%' && i + 1 < format.size() ? format[i + 1] : '\0';
        if (kind == 'f') {
            portable += fraction.data();
        } else if (kind == 's') {
            portable += std::to_string(epoch);
        } else if (kind == 'z') {
            portable += "+0000";
        } else if (kind == 'Z') {
            portable += "UTC";
        } else if (kind != 0) {
            portable += '%';
            portable += kind;
        } else {
            portable += format[i] == '%' ? "%%" : std::string(1, format[i]);
        }
        i += kind != 0 ? 1 : 0;
    }
    std::tm utc{};
    std::array<char, 512> out{};
    if (::gmtime_r(&epoch, &utc) == nullptr) return {};
    const auto size = std::strftime(out.data(), out.size(), portable.c_str(), &utc);
    return {out.data(), size};
}

/// Walks over the text once.
class writer {
 public:
    writer(
        std::string_view format,
        const outcome& ended,
        std::FILE* out,
        std::FILE* err,
        const write_out_names& names,
        const std::function<void()>& before_text
    )
        : rest_(format),
          ended_(ended),
          out_(out),
          err_(err),
          names_(names),
          before_text_(before_text),
          stream_(out) {}

    void run() {
        while (!rest_.empty() && !done_) {
            if (rest_.size() > 1 && rest_[0] == '%') {
                percent();
            } else if (rest_.size() > 1 && rest_[0] == '\\') {
                append_escaped(text_, rest_[1]);
                rest_.remove_prefix(2);
            } else {
                text_ += rest_[0];
                rest_.remove_prefix(1);
            }
        }
        flush();
    }

 private:
    /// Whether `opening` stands here, and takes it with what stands up to its brace.
    /// Without a closing one it is text.
    bool take(
        std::string_view opening, std::string_view& inside, bool escapes = false
    ) {
        if (!rest_.starts_with(opening)) return false;
        rest_.remove_prefix(opening.size());
        auto end = rest_.find('}');
        while (escapes && end != std::string_view::npos && end > 0 &&
               rest_[end - 1] == '\\') {
            end = rest_.find('}', end + 1);
        }
        if (end == std::string_view::npos) {
            text_ += opening;
            inside = {};
            return true;
        }
        inside = rest_.substr(0, end);
        rest_.remove_prefix(end + 1);
        closed_ = true;
        return true;
    }

    void percent() {
        std::string_view inside;
        closed_ = false;
        if (take("%{", inside)) {
            if (closed_) braces(inside);
        } else if (take("%header{", inside, true)) {
            if (closed_) text_ += header_text(inside, ended_);
        } else if (take("%time{", inside)) {
            if (closed_) text_ += time_text(inside);
        } else if (take("%output{", inside)) {
            if (closed_) output(inside);
        } else {
            text_ += '%';
            if (rest_[1] != '%') text_ += rest_[1];
            rest_.remove_prefix(2);
        }
    }

    void braces(std::string_view name) {
        if (const auto* known = find_variable(name)) {
            text_ += plain_text(known->of(ended_));
        } else if (name == "json") {
            text_ += json_of(ended_, names_.curl_version);
        } else if (name == "header_json") {
            text_ += header_json_of(ended_);
        } else if (name == "stdout") {
            write_to(out_);
        } else if (name == "stderr") {
            write_to(err_);
        } else if (name == "onerror") {
            done_ = ended_.exit_code == 0;
        } else {
            announce();
            std::fprintf(
                err_,
                "%s: unknown --write-out variable: '%.*s'\n",
                names_.tool.c_str(),
                static_cast<int>(name.size()),
                name.data()
            );
        }
    }

    /// A file that cannot be opened changes nothing, as in curl.
    void output(std::string_view name) {
        const bool append = name.starts_with(">>");
        if (append) name.remove_prefix(2);
        file_pointer file(std::fopen(std::string(name).c_str(), append ? "a" : "w"));
        if (file) {
            write_to(file.get());
            file_ = std::move(file);
        }
    }

    void write_to(std::FILE* stream) {
        flush();
        file_.reset();
        stream_ = stream;
    }

    void flush() {
        if (!text_.empty()) announce();
        std::fwrite(text_.data(), 1, text_.size(), stream_);
        text_.clear();
    }

    void announce() {
        if (before_text_) before_text_();
    }

    std::string_view rest_;
    const outcome& ended_;
    std::FILE* out_;
    std::FILE* err_;
    const write_out_names& names_;
    const std::function<void()>& before_text_;
    file_pointer file_;
    std::FILE* stream_;
    std::string text_;
    bool closed_ = false;
    bool done_ = false;
};

}  // namespace

void write_out(
    std::string_view format,
    const outcome& ended,
    std::FILE* out,
    std::FILE* err,
    const write_out_names& names,
    const std::function<void()>& before_text
) {
    writer(format, ended, out, err, names, before_text).run();
}

}  // namespace tool
