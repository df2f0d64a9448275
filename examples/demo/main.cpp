// xfer's demo. Without arguments it serves files on this machine, and has the
// command-line tool download and check them; with URLs it has the tool download these
// into the current directory.
#include "loopback.hpp"
#include "output/statistics.hpp"
#include "progress/progress.hpp"
#include "progress/progress_lines.hpp"

#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

namespace {

using strings = std::vector<std::string>;
namespace fs = std::filesystem;

constexpr int by_signal = 128;

bool is_ignored(int number) {
    struct sigaction now {};
    return ::sigaction(number, nullptr, &now) == 0 && now.sa_handler == SIG_IGN;
}

/// From its construction on, signals that end a program are not delivered, but asked
/// for: the temporary directory must not stay behind.
class signal_watch {
 public:
    signal_watch() {
        // One that is ignored would not be kept for us.
        ::signal(SIGCHLD, [](int) {});
        // A reader that goes away (demo | head) is no reason to leave files behind.
        ::signal(SIGPIPE, SIG_IGN);
        ::sigemptyset(&endings_);
        for (const int s : {SIGINT, SIGTERM, SIGHUP}) {
            if (!is_ignored(s)) ::sigaddset(&endings_, s);
        }
        all_ = endings_;
        ::sigaddset(&all_, SIGCHLD);
        ::sigprocmask(SIG_BLOCK, &all_, &before_);
    }

    /// What is to be delivered to a program that is started.
    [[nodiscard]] const sigset_t& before() const noexcept { return before_; }

    /// A signal that asks the demo to end; 0: there was none.
    [[nodiscard]] int asked_to_end() const {
        sigset_t pending;
        ::sigpending(&pending);
        for (const int s : {SIGINT, SIGTERM, SIGHUP}) {
            if (::sigismember(&endings_, s) == 1 && ::sigismember(&pending, s) == 1) {
                return s;
            }
        }
        return 0;
    }

    /// Waits for the next signal, or the end of a program that was started: SIGCHLD.
    [[nodiscard]] int wait() const {
        for (;;) {
            const int number = ::sigwaitinfo(&all_, nullptr);
            if (number > 0) return number;
        }
    }

 private:
    sigset_t endings_{};
    sigset_t all_{};
    sigset_t before_{};
};

/// The tool, as the build has put it: examples/demo and examples/xfer/xfer.
fs::path tool_path() {
    return fs::read_symlink("/proc/self/exe").parent_path() / "xfer" / "xfer";
}

pid_t start_tool(const strings& arguments, const signal_watch& signals) {
    strings words{tool_path().string()};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (auto& w : words) argv.push_back(w.data());
    argv.push_back(nullptr);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigmask(&attributes, &signals.before());
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t child = 0;
    const int wrong =
        ::posix_spawn(&child, argv[0], nullptr, &attributes, argv.data(), environ);
    ::posix_spawnattr_destroy(&attributes);
    if (wrong != 0) {
        throw std::system_error(
            wrong,
            std::generic_category(),
            words[0] + " (the target xfer_tool) cannot be run"
        );
    }
    return child;
}

/// Runs the tool to its end; the exit status of it, or of a signal meanwhile.
int run_tool(const strings& arguments, const signal_watch& signals) {
    std::cout.flush();
    const auto child = start_tool(arguments, signals);
    int ended_by = 0;
    int status = 0;
    while (::waitpid(child, &status, WNOHANG) != child) {
        const int number = signals.wait();
        if (number == SIGCHLD) continue;
        ended_by = number;
        // Ctrl-C reaches the tool as well, which ends in its own time.
        if (number != SIGINT) ::kill(child, number);
    }
    if (ended_by != 0) return by_signal + ended_by;
    return WIFEXITED(status) ? WEXITSTATUS(status) : by_signal + WTERMSIG(status);
}

bool is_on_terminal() { return tool::progress_display::of(stderr).terminal; }

const strings in_parallel{"-Z", "--parallel-max", "64", "--fail", "--stats"};
/// For -w: a line for each file, and one for each that was not downloaded.
const std::string line_for_each =
    "%{stderr}%{http_code}  %{size_download} bytes in %{time_total} s  %{url}\n";
const std::string line_with_name =
    "%{stderr}%{http_code}  %{size_download} bytes in %{time_total} s  "
    "%{filename_effective} from %{url}\n";
const std::string line_for_failures = "%{stderr}%{onerror}xfer: that was %{url}\n";

/// The tool's config file: each URL with its file and its hash.
void write_config(const fs::path& path, const std::vector<demo::served_file>& files) {
    std::ofstream out(path);
    for (const auto& f : files) {
        out << "url = \"" << f.url << "\"\noutput = \"" << f.name
            << "\"\nsha256 = " << f.sha256 << '\n';
    }
    out.close();
    if (!out) throw std::runtime_error(path.string() + " cannot be written");
}

/// Removes those that are there as a whole; true if there are others.
bool only_partial_files_stay(
    const fs::path& downloads, const std::vector<demo::served_file>& files
) {
    std::error_code ec;
    for (const auto& f : files) {
        if (fs::file_size(downloads / f.name, ec) == f.size && !ec) {
            fs::remove(downloads / f.name, ec);
        }
    }
    return !fs::is_empty(downloads, ec) && !ec;
}

int download_from_loopback(const signal_watch& signals) {
    demo::temporary_directory place;
    const auto served = place.path() / "served";
    const auto downloads = place.path() / "downloads";
    const auto config = place.path() / "files.conf";
    const auto authority = place.path() / "authority.pem";
    fs::create_directory(served);
    fs::create_directory(downloads);
    std::cout << "Making the files to serve, in " << place.path().string() << " ..."
              << std::endl;
    const auto interrupted = [&] { return signals.asked_to_end() != 0; };
    const demo::loopback source(served, interrupted);
    const auto& files = source.files();
    if (interrupted()) {
        std::cerr << "demo: interrupted\n";
        return by_signal + signals.asked_to_end();
    }
    write_config(config, files);
    std::ofstream(authority) << source.ca_pem();
    std::cout << "Downloading " << files.size()
              << " files, on one thread, by xfer -Z:\n"
              << "  half of them from " << source.http_url() << '\n'
              << "  half of them from " << source.https_url() << '\n';
    // Neither a config file nor a proxy of the user's has a part in this.
    strings arguments{"-q", "--noproxy", "*"};
    arguments.insert(arguments.end(), in_parallel.begin(), in_parallel.end());
    arguments.insert(arguments.end(), {"--cacert", authority.string()});
    arguments.insert(arguments.end(), {"--output-dir", downloads.string()});
    arguments.insert(arguments.end(), {"-K", config.string()});
    if (is_on_terminal()) {
        arguments.insert(arguments.end(), {"--progress-bar", "-w", line_for_failures});
    } else {
        arguments.insert(arguments.end(), {"--no-progress-meter", "-w", line_for_each});
    }
    const int status = run_tool(arguments, signals);
    if (status == 0) {
        std::cout << "Each file has the SHA-256 of the original; all were removed."
                  << std::endl;
    } else if (status > by_signal) {
        std::cerr << "demo: interrupted\n";
        if (only_partial_files_stay(downloads, files)) {
            place.keep();
            for (const auto& other : {served, config, authority}) fs::remove_all(other);
            std::cerr << "demo: remove the partial files with: rm -r "
                      << place.path().string() << '\n';
        }
    }
    return status;
}

int download_urls(const strings& urls, const signal_watch& signals) {
    auto arguments = in_parallel;
    const bool terminal = is_on_terminal();
    arguments.push_back(terminal ? "--progress-bar" : "--no-progress-meter");
    for (const char* word :
         {"--remote-name-all", "--no-clobber", "--location", "--globoff", "-w"}) {
        arguments.emplace_back(word);
    }
    arguments.push_back(line_with_name);
    arguments.insert(arguments.end(), urls.begin(), urls.end());
    const int status = run_tool(arguments, signals);
    if (status > by_signal) std::cerr << "demo: interrupted\n";
    return status;
}

bool has_control_character(const std::string& text) {
    return std::ranges::any_of(text, [](unsigned char c) {
        return c < 0x20 || c == 0x7f;
    });
}

}  // namespace

int main(int argc, char** argv) {
    const strings arguments(argv + 1, argv + argc);
    for (const auto& a : arguments) {
        if (a == "-h" || a == "--help") {
            std::cout << "Usage: demo [URL...]\n";
            return 0;
        }
        if (a.empty() || a.front() == '-' || has_control_character(a)) {
            std::cerr << "demo: '" << tool::visible_text(a)
                      << "' is no URL and no option; see --help\n";
            return 2;
        }
    }
    try {
        const signal_watch signals;
        return arguments.empty() ? download_from_loopback(signals)
                                 : download_urls(arguments, signals);
    } catch (const std::exception& e) {
        std::cerr << "demo: " << e.what() << '\n';
        return 1;
    }
}
