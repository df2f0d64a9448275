// Walking operations, their targets, and the globs of those.
#include "run/jobs.hpp"

#include "requests/body.hpp"

#include <memory>
#include <utility>

namespace tool {

namespace {

glob open_glob(
    const operation& op, const target& t, const std::string& text, std::string& error
) {
    return op.globbing && t.globbing ? glob(text, error) : glob::literal(text);
}

}  // namespace

std::uint64_t job_list::count(const command& asked) {
    std::uint64_t sum = 0;
    for (const auto& op : asked.operations) {
        for (const auto& t : op.targets) {
            std::string error;
            const auto urls = t.url.empty() ? std::uint64_t{0}
                                            : open_glob(op, t, t.url, error).size();
            const auto uploads =
                t.upload ? open_glob(op, t, *t.upload, error).size() : std::uint64_t{1};
            sum += error.empty() ? urls * uploads : std::uint64_t{0};
        }
    }
    return sum;
}

void job_list::go_on() {
    uploads_.reset();
    urls_.reset();
    upload_.reset();
    ++target_;
    ++url_number_;
    while (operation_ < asked_.operations.size() &&
           target_ >= asked_.operations[operation_].targets.size()) {
        target_ = 0;
        ++operation_;
    }
}

bool job_list::begin_urls() {
    const auto& op = asked_.operations[operation_];
    const auto& t = op.targets[target_];
    std::string error;
    urls_.emplace(open_glob(op, t, t.url, error));
    if (!error.empty()) {
        failed_ = {exit_codes::url_malformed, std::move(error)};
    }
    return !failed_;
}

bool job_list::next_upload() {
    std::string file;
    if (!uploads_ || !uploads_->next(file)) {
        return false;
    }
    upload_ = std::move(file);
    return true;
}

bool job_list::begin_target() {
    const auto& op = asked_.operations[operation_];
    const auto& t = op.targets[target_];
    if (t.upload) {
        std::string error;
        uploads_.emplace(open_glob(op, t, *t.upload, error));
        if (!error.empty()) {
            failed_ = {exit_codes::url_malformed, std::move(error)};
            return false;
        }
        if (!next_upload()) {
            upload_.reset();
        }
    }
    return begin_urls();
}

bool job_list::next(job& j) {
    const auto& all = asked_.operations;
    while (!failed_ && operation_ < all.size()) {
        if (target_ >= all[operation_].targets.size() ||
            all[operation_].targets[target_].url.empty()) {
            go_on();
            continue;
        }
        if (!urls_ && !begin_target()) {
            return false;
        }
        std::string url;
        if (urls_->next(url)) {
            const auto& op = all[operation_];
            const auto& t = op.targets[target_];
            j = {
                &op,
                &t,
                std::move(url),
                urls_->substitute(t.file),
                upload_,
                number_++,
                url_number_};
            if (upload_ && is_standard_input(*upload_)) {
                j.input = std::make_shared<standard_input>();
            }
            return true;
        }
        if (!next_upload()) {
            go_on();
        } else if (!begin_urls()) {
            return false;
        }
    }
    return false;
}

}  // namespace tool
