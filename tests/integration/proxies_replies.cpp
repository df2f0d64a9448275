// What is said of a proxy that answers CONNECT with something that is no HTTP/1.
#include "support/through_proxy.hpp"

#include <catch2/catch.hpp>

#include <cstddef>
#include <string>
#include <vector>

using support::get_through;
using support::proxy_answer;
using support::test_proxy;
using support::transfer_one;
using xfer::error;

TEST_CASE(
    "S29: an answer to CONNECT that is no HTTP/1 is quoted, as far as 64 octets",
    "[proxy][S29]"
) {
    struct row {
        std::string text;
        std::string quoted;
    };
    const std::vector<row> rows{
        {"SSH-2.0-OpenSSH_9.2\r\n\r\n", R"("SSH-2.0-OpenSSH_9.2\r\n\r\n")"},
        {std::string(100, 'x'), '"' + std::string(64, 'x') + "...\""},
        {"HTTP/1.1 101 Switch\r\nSet-Cookie: a=secret\r\n\r\n",
         R"("HTTP/1.1 101 Switch")"},
        {"HTTP/1.1 200 OK\r\nSet-Cookie: a=secret\r\nno field\r\n\r\n",
         R"("HTTP/1.1 200 OK")"},
        {"HTTP/1.1 102 Wait\r\n\r\nnonsense", R"("nonsense")"},
    };
    for (const auto& r : rows) {
        for (const bool whole : {true, false}) {
            auto o = support::answering(r.text, proxy_answer::then::close);
            o.piece = whole ? 0 : 1;
            test_proxy p(o);
            xfer::multi m;
            const auto done = transfer_one(
                m, get_through(p.url("http"), "http://a.test/", support::tunnelled)
            );
            const auto& message = done.failure().message;
            INFO(message);
            CHECK(done.ec == error::weird_reply);
            // Of what comes octet by octet no more is read than shows that it is wrong.
            CHECK(message.find("it begins \"") != std::string::npos);
            if (whole)
                CHECK(message.find("it begins " + r.quoted) != std::string::npos);
            CHECK(message.find("secret") == std::string::npos);
            CHECK(
                message.find("127.0.0.1:" + std::to_string(p.port())) !=
                std::string::npos
            );
        }
    }
}
