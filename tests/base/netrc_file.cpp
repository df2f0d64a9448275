// xfer/detail/netrc_file.hpp: reading the file.
#include <xfer/detail/netrc_file.hpp>

#include <catch2/catch.hpp>
#include <stdlib.h>  // setenv, mkdtemp

#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>

using xfer::detail::secret;

namespace {

constexpr std::size_t max_size = 128 * 1024;

std::error_code read_netrc(const std::string& path, secret& out) {
    return xfer::detail::read_netrc(path, max_size, out);
}

/// A directory that is gone afterwards.
class directory {
 public:
    directory() {
        std::string name =
            (std::filesystem::temp_directory_path() / "xfer-netrc-XXXXXX").string();
        REQUIRE(::mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    directory(const directory&) = delete;
    directory& operator=(const directory&) = delete;
    ~directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    [[nodiscard]] std::string write(const std::string& name, const std::string& text)
        const {
        std::ofstream(path_ / name, std::ios::binary) << text;
        return (path_ / name).string();
    }
    [[nodiscard]] std::string path() const { return path_.string(); }

 private:
    std::filesystem::path path_;
};

/// Sets HOME, and sets it back.
class home {
 public:
    explicit home(const char* value) {
        if (const char* const old = ::getenv("HOME")) old_ = old;
        set(value);
    }
    home(const home&) = delete;
    home& operator=(const home&) = delete;
    ~home() { set(old_.empty() ? nullptr : old_.c_str()); }

 private:
    static void set(const char* value) {
        if (value == nullptr) {
            ::unsetenv("HOME");
        } else {
            ::setenv("HOME", value, 1);
        }
    }
    std::string old_;
};

}  // namespace

TEST_CASE(
    "A4.2: a netrc file of 128 KiB is read, one octet more is not", "[base][netrc]"
) {
    const directory d;
    secret text("before");
    const std::string most(max_size, 'x');
    CHECK_FALSE(read_netrc(d.write("most", most), text));
    CHECK(text.view() == most);
    CHECK(read_netrc(d.write("more", most + 'x'), text) == std::errc::file_too_large);
    CHECK(text.empty());
}

TEST_CASE("netrc: a file that is not there is an error", "[base][netrc]") {
    const directory d;
    secret text("before");
    const auto none = std::errc::no_such_file_or_directory;
    CHECK(read_netrc(d.path() + "/none", text) == none);
    CHECK(text.empty());
    CHECK(read_netrc(d.path(), text) == std::errc::is_a_directory);
}

TEST_CASE("netrc: without a path it is .netrc below HOME", "[base][netrc]") {
    const directory d;
    secret text;
    {
        const home at(d.path().c_str());
        CHECK(read_netrc({}, text) == std::errc::no_such_file_or_directory);
        (void)d.write(".netrc", "machine a login b");
        CHECK_FALSE(read_netrc({}, text));
        CHECK(text.view() == "machine a login b");
    }
    const home without(GENERATE(as<const char*>(), nullptr, ""));
    CHECK(read_netrc({}, text) == std::errc::no_such_file_or_directory);
    CHECK(text.empty());
}
