// How the tool ends: curl's numbers, and our own.
#pragma once

namespace tool::exit_codes {

inline constexpr int unsupported_protocol = 1;
inline constexpr int bad_use = 2;  ///< of the command line, or of the machine
inline constexpr int url_malformed = 3;
inline constexpr int not_built_in = 4;
inline constexpr int no_proxy = 5;  ///< its name is not found
inline constexpr int no_host = 6;   ///< the same of the host
inline constexpr int no_connection = 7;
inline constexpr int http_status = 22;  ///< with -f
inline constexpr int write_error = 23;  ///< of what is kept here
inline constexpr int read_error = 26;   ///< of what is to be sent
inline constexpr int out_of_memory = 27;
inline constexpr int too_late = 28;
inline constexpr int no_ranges = 33;
inline constexpr int aborted = 42;  ///< as all was stopped
inline constexpr int bad_argument = 43;
inline constexpr int interface_failed = 45;
inline constexpr int too_many_redirects = 47;
inline constexpr int unknown_option = 48;  ///< of the library
inline constexpr int wrong_syntax = 49;    ///< of --resolve and its like
inline constexpr int receive_error = 56;
inline constexpr int certificate_problem = 58;  ///< with our own
inline constexpr int not_verified = 60;         ///< the peer's certificate
inline constexpr int login_denied = 67;
inline constexpr int not_the_pinned_key = 90;

/// Our own, above all of curl's.
inline constexpr int wrong_sum = 120;
/// Ended by a signal: its number is added.
inline constexpr int by_signal = 128;

}  // namespace tool::exit_codes
