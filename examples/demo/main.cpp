// xfer's demo. Without arguments it downloads files from servers of its own, checks
// them and tells how it went; with URLs it downloads these into the current directory.
#include "download.hpp"
#include "loopback.hpp"
#include "screen.hpp"
#include "sha256.hpp"
#include "text.hpp"

#include <signal.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace {

using namespace demo;

/// The time that this part of the files did not exceed.
std::string percentile(const std::vector<job>& jobs, double part) {
    std::vector<double> times;
    for (const auto& j : jobs) {
        if (j.result == job::outcome::arrived) times.push_back(j.time.count());
    }
    if (times.empty()) return "-";
    std::sort(times.begin(), times.end());
    const auto last = static_cast<double>(times.size() - 1);
    const auto index = static_cast<std::size_t>(std::lround(part * last));
    return time_text(std::chrono::duration<double>(times[index]));
}

std::size_t count(const std::vector<job>& jobs, job::outcome what) {
    return static_cast<std::size_t>(std::count_if(
        jobs.begin(), jobs.end(), [&](const job& j) { return j.result == what; }
    ));
}

/// Returns false if the output is not to be trusted with more.
void print_summary(const std::vector<job>& jobs, const totals& t, screen& out) {
    const auto arrived = count(jobs, job::outcome::arrived);
    const auto seconds = t.time.count();
    out.print("");
    out.print(
        "files        " + std::to_string(arrived) + " of " + std::to_string(jobs.size())
    );
    out.print(
        "bytes        " + std::to_string(t.bytes) + " (" + bytes_text(double(t.bytes)) +
        ")"
    );
    out.print("time         " + time_text(t.time));
    out.print(
        "rate         " + bytes_text(seconds > 0 ? double(t.bytes) / seconds : 0) + "/s"
    );
    out.print(
        "connections  " + std::to_string(t.connections) + ", used again " +
        std::to_string(t.reused) + " times"
    );
    out.print(
        "time a file  p50 " + percentile(jobs, 0.50) + ", p99 " + percentile(jobs, 0.99)
    );
    out.print("failures     " + std::to_string(count(jobs, job::outcome::failed)));
}

void print_failures(const std::vector<job>& jobs) {
    for (const auto& j : jobs) {
        if (j.result == job::outcome::failed) {
            std::cerr << "demo: " << plain_ascii(j.url) << ": "
                      << plain_ascii(j.trouble) << '\n';
        }
    }
}

/// Names the partial files that there are, and removes the empty ones.
void tell_partial_files(const std::vector<job>& jobs) {
    for (const auto& j : jobs) {
        if (j.result == job::outcome::arrived || j.file.empty()) continue;
        std::error_code ec;
        const auto size = std::filesystem::file_size(j.file, ec);
        if (ec) continue;
        if (size == 0) {
            std::filesystem::remove(j.file, ec);
        } else {
            std::cerr << "demo: partial file kept: " << plain_ascii(j.file.string())
                      << " (" << bytes_text(double(size)) << ")\n";
        }
    }
}

int exit_status(const std::vector<job>& jobs, int signal) {
    if (signal != 0) {
        std::cerr << "demo: interrupted\n";
        return 128 + signal;
    }
    return count(jobs, job::outcome::arrived) == jobs.size() ? 0 : 1;
}

/// Compares what is on the disk with what was served.
void check(std::vector<job>& jobs) {
    std::vector<char> block(1 << 20);
    for (auto& j : jobs) {
        if (j.result != job::outcome::arrived || signal_watch::received() != 0)
            continue;
        sha256 digest;
        std::ifstream file(j.file, std::ios::binary);
        while (file.read(block.data(), static_cast<std::streamsize>(block.size())),
               file.gcount() > 0) {
            digest.add(block.data(), static_cast<std::size_t>(file.gcount()));
        }
        if (digest.finish() != j.expected_sha256) {
            j.result = job::outcome::failed;
            j.trouble = "the file's SHA-256 is not that of the original";
        }
    }
}

int download_from_loopback() {
    screen out;
    temporary_directory place;
    const auto served = place.path() / "served";
    const auto downloads = place.path() / "downloads";
    std::filesystem::create_directory(served);
    std::filesystem::create_directory(downloads);
    out.print("Making the files to serve, in " + place.path().string() + " ...");
    loopback source(served, downloads, [] { return signal_watch::received() != 0; });
    auto& jobs = source.jobs();
    if (jobs.empty()) {
        return exit_status(jobs, signal_watch::received());
    }
    out.print("Downloading " + std::to_string(jobs.size()) + " files on one thread:");
    out.print("  half of them from " + source.http_url());
    out.print("  half of them from " + source.https_url());
    const auto t = download(jobs, source.ca_pem(), out);
    if (t.signal == 0) {
        out.print("Checking the SHA-256 of each ...");
        check(jobs);
    }
    const int signal = t.signal != 0 ? t.signal : signal_watch::received();
    if (signal == 0) {
        print_summary(jobs, t, out);
    }
    print_failures(jobs);
    if (signal != 0 && count(jobs, job::outcome::interrupted) != 0) {
        // Only the partial files stay.
        tell_partial_files(jobs);
        for (const auto& j : jobs) {
            if (j.result == job::outcome::arrived) std::filesystem::remove(j.file);
        }
        std::filesystem::remove_all(served);
        std::error_code ec;
        if (!std::filesystem::is_empty(downloads, ec)) {
            place.keep();
            std::cerr << "demo: remove them with: rm -r " << place.path().string()
                      << '\n';
        }
    } else if (signal == 0 && count(jobs, job::outcome::failed) == 0) {
        out.print("All files are the same as the originals; they were removed again.");
    }
    return exit_status(jobs, signal);
}

/// The path of a URL, for a name; the transfer itself judges whether it is one.
std::string_view path_of(std::string_view url) {
    url = url.substr(0, url.find_first_of("?#"));
    const auto scheme = url.find("://");
    if (scheme != url.npos) url.remove_prefix(scheme + 3);
    const auto slash = url.find('/');
    return slash == url.npos ? std::string_view() : url.substr(slash);
}

int download_urls(const std::vector<std::string>& urls) {
    screen out;
    std::vector<job> jobs(urls.size());
    for (std::size_t i = 0; i < urls.size(); ++i) {
        jobs[i].url = urls[i];
        const auto name = safe_file_name(path_of(urls[i]));
        try {
            jobs[i].file = reserve_file(name);
        } catch (const std::system_error& e) {
            jobs[i].result = job::outcome::failed;
            jobs[i].trouble =
                "the file '" + name +
                "' cannot be made in the current directory: " + e.code().message();
        }
    }
    const auto t = download(jobs, {}, out);
    if (out.live()) {
        for (const auto& j : jobs) {
            if (j.result == job::outcome::arrived) {
                out.print(
                    bytes_text(double(j.bytes)) + " in " + time_text(j.time) + "  " +
                    plain_ascii(j.file.string())
                );
            }
        }
    }
    if (t.signal == 0) {
        print_summary(jobs, t, out);
    }
    print_failures(jobs);
    tell_partial_files(jobs);
    return exit_status(jobs, t.signal);
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> arguments(argv + 1, argv + argc);
    for (const auto& a : arguments) {
        if (a == "-h" || a == "--help") {
            std::cout << "Usage: demo [URL...]\n";
            return 0;
        }
        if (a.empty() || a.front() == '-') {
            std::cerr << "demo: '" << plain_ascii(a)
                      << "' is no URL and no option; see --help\n";
            return 2;
        }
    }
    const demo::signal_watch signals;
    try {
        return arguments.empty() ? download_from_loopback() : download_urls(arguments);
    } catch (const std::exception& e) {
        std::cerr << "demo: " << e.what() << '\n';
        return 1;
    }
}
