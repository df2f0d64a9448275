// xfer/proto/content_decoder.hpp: what encoders made is undone, what is broken or a
// bomb is refused.
#include "support/encoders.hpp"
#include <xfer/proto/content_decoder.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

using namespace xfer::proto;
using xfer::error;
using namespace std::string_literals;

namespace {

struct outcome {
    std::string text;
    refusal failure;
    std::size_t steps = 0;
    std::size_t most_consumed = 0;  // by one step
};

void feed(
    content_decoder& decoder, std::string_view piece, std::size_t space, outcome& out
) {
    std::string block(space, '\0');
    std::span<const char> in(piece);
    while (!out.failure) {
        const auto step = decoder.feed(in, block);
        in = in.subspan(step.consumed);
        ++out.steps;
        out.most_consumed = std::max(out.most_consumed, step.consumed);
        out.text.append(step.data.begin(), step.data.end());
        CHECK(step.data.size() <= std::max(space, step.consumed));
        if (step.status == decode_status::failed) out.failure = decoder.failure();
        if (step.status == decode_status::more) {
            CHECK(in.empty());
            return;
        }
    }
    CHECK(out.failure);
}

/// Decodes pieces of `piece_size`, or everything at once for 0.
outcome decode(
    const std::vector<content_coding>& codings,
    std::string_view body,
    const decoding_limits& limits = {},
    std::size_t piece_size = 0,
    std::size_t space = 65'536
) {
    content_decoder decoder(codings, limits);
    outcome out;
    if (piece_size == 0) piece_size = std::max<std::size_t>(body.size(), 1);
    for (std::size_t at = 0; at < body.size() && !out.failure; at += piece_size) {
        feed(decoder, body.substr(at, piece_size), space, out);
    }
    if (!out.failure) out.failure = decoder.end();
    if (!out.failure) CHECK(decoder.received() == body.size());
    CHECK(decoder.produced() >= out.text.size());
    return out;
}

/// A text that has both repetitions and none.
std::string sample(std::size_t size) {
    std::mt19937 random(7);
    std::string text;
    while (text.size() < size) {
        text += "line " + std::to_string(random() % 1000) + ", once more; ";
        if (random() % 5 == 0) text += static_cast<char>(random());
    }
    text.resize(size);
    return text;
}

/// A coding with what makes it.
struct way {
    std::string name;
    content_coding coding;
    std::function<std::string(std::string_view)> encode;
};

std::vector<way> ways() {
    std::vector<way> all;
#ifdef XFER_HAS_ZLIB
    all.push_back({"gzip", content_coding::gzip, test::gzip});
    all.push_back({"zlib", content_coding::deflate, test::zlib});
    all.push_back({"bare deflate", content_coding::deflate, test::bare_deflate});
#endif
#ifdef XFER_HAS_BROTLI
    all.push_back({"br", content_coding::br, [](auto text) {
                       return test::brotli(text);
                   }});
#endif
#ifdef XFER_HAS_ZSTD
    all.push_back({"zstd", content_coding::zstd, [](auto text) {
                       return test::zstd(text);
                   }});
#endif
    return all;
}

}  // namespace

TEST_CASE(
    "content_decoder: without codings it hands on what it gets", "[proto][decoder]"
) {
    content_decoder decoder(std::span<const content_coding>{});
    const std::string_view body = "as it is";
    char space[1];
    const auto step = decoder.feed(body, space);
    CHECK(step.status == decode_status::data);
    CHECK(step.data.data() == body.data());
    CHECK(step.consumed == body.size());
    CHECK(decoder.feed({}, space).status == decode_status::more);
    CHECK_FALSE(decoder.end());
    CHECK(decode({}, "twelve bytes", {.size = 11}).failure.ec == error::body_too_large);
    CHECK_FALSE(decode({}, "twelve bytes", {.size = 12}).failure);
}

TEST_CASE(
    "content_decoder: every coding round trips, cut at every octet", "[proto][decoder]"
) {
    const auto text = sample(700);
    for (const auto& w : ways()) {
        INFO(w.name);
        const auto body = w.encode(text);
        for (std::size_t cut = 1; cut < body.size(); ++cut) {
            content_decoder decoder(std::span(&w.coding, 1));
            outcome out;
            feed(decoder, std::string_view(body).substr(0, cut), 65'536, out);
            feed(decoder, std::string_view(body).substr(cut), 65'536, out);
            REQUIRE_FALSE(decoder.end());
            REQUIRE((out.text == text));
        }
        for (const std::size_t space : {1U, 7U, 700U, 701U}) {
            const auto out = decode({w.coding}, body, {}, 1, space);
            CHECK_FALSE(out.failure);
            CHECK((out.text == text));
        }
    }
}

TEST_CASE("content_decoder: large bodies round trip", "[proto][decoder]") {
    const auto text = sample(400'000);
    for (const auto& w : ways()) {
        INFO(w.name);
        const auto body = w.encode(text);
        for (const std::size_t piece : {0U, 16'384U, 999U}) {
            const auto out = decode({w.coding}, body, {}, piece);
            CHECK_FALSE(out.failure);
            CHECK((out.text == text));
        }
    }
}

TEST_CASE(
    "content_decoder: codings are undone from the last to the first", "[proto][decoder]"
) {
    const auto text = sample(3'000);
    for (const auto& first : ways()) {
        for (const auto& second : ways()) {
            INFO(first.name << ", " << second.name);
            const auto body = second.encode(first.encode(text));
            const auto out = decode({first.coding, second.coding}, body, {}, 13, 17);
            CHECK_FALSE(out.failure);
            CHECK((out.text == text));
        }
    }
}

TEST_CASE("F1.2: five codings are undone, six are refused", "[proto][decoder][F1]") {
    const auto text = sample(200'000);
    for (const auto& w : ways()) {
        INFO(w.name);
        std::string body = text;
        for (int i = 0; i < 5; ++i) body = w.encode(body);
        const auto out = decode(std::vector(5, w.coding), body);
        CHECK_FALSE(out.failure);
        CHECK((out.text == text));
        const auto refused = decode(std::vector(6, w.coding), w.encode(body));
        CHECK(refused.failure.ec == error::bad_encoding);
        CHECK(refused.text.empty());
    }
}

TEST_CASE(
    "content_decoder: a body cut short is an error at every octet", "[proto][decoder]"
) {
    const auto text = sample(300);
    for (const auto& w : ways()) {
        const auto body = w.encode(text);
        for (std::size_t size = 1; size < body.size(); ++size) {
            INFO(w.name << ": " << size << " of " << body.size());
            const auto out = decode({w.coding}, std::string_view(body).substr(0, size));
            REQUIRE(out.failure.ec == error::bad_encoding);
            REQUIRE(out.failure.why == "the encoded body ended early");
            REQUIRE(text.starts_with(out.text));
        }
        CHECK_FALSE(decode({w.coding}, body).failure);
    }
}

TEST_CASE("content_decoder: of a chain, every coding has to end", "[proto][decoder]") {
    for (const auto& w : ways()) {
        INFO(w.name);
        auto inner = w.encode(sample(300));
        inner.pop_back();
        const auto out = decode({w.coding, w.coding}, w.encode(inner));
        CHECK(out.failure.ec == error::bad_encoding);
    }
}

TEST_CASE("content_decoder: a body of nothing is complete", "[proto][decoder]") {
    for (const auto& w : ways()) {
        INFO(w.name);
        CHECK_FALSE(decode({w.coding}, "").failure);
        const auto out = decode({w.coding}, w.encode(""));
        CHECK_FALSE(out.failure);
        CHECK(out.text.empty());
        CHECK_FALSE(decode({w.coding, w.coding}, w.encode("")).failure);
    }
}

TEST_CASE(
    "content_decoder: garbage is refused and breaks nothing", "[proto][decoder]"
) {
    std::mt19937 random(11);
    for (const auto& w : ways()) {
        INFO(w.name);
        CHECK(
            decode({w.coding}, std::string(100, '\xff')).failure.ec ==
            error::bad_encoding
        );
        CHECK(
            decode({w.coding}, "<!DOCTYPE html><title>not encoded</title>")
                .failure.ec == error::bad_encoding
        );
        const auto body = w.encode(sample(500));
        for (int i = 0; i < 500; ++i) {
            auto broken = body;
            const auto at = random() % broken.size();
            broken[at] = static_cast<char>(broken[at] ^ (1 << random() % 8));
            const auto out = decode({w.coding}, broken, {}, 100, 1 + random() % 600);
            CHECK(out.text.size() <= (1U << 20U) + 65'536);
        }
    }
}

TEST_CASE("content_decoder: after a failure nothing is taken", "[proto][decoder]") {
    for (const auto& w : ways()) {
        INFO(w.name);
        content_decoder decoder(std::span(&w.coding, 1));
        char space[64];
        auto step = decoder.feed(std::string_view("this is not encoded"), space);
        while (step.status == decode_status::data) step = decoder.feed({}, space);
        CHECK(step.status == decode_status::failed);
        step = decoder.feed(std::string_view("more"), space);
        CHECK(step.status == decode_status::failed);
        CHECK(step.consumed == 0);
        CHECK(decoder.end().ec == error::bad_encoding);
    }
}

#ifdef XFER_HAS_ZLIB

TEST_CASE(
    "content_decoder: a changed octet never passes gzip's checksum", "[proto][decoder]"
) {
    const auto text = sample(400);
    const auto body = test::gzip(text);
    for (std::size_t at = 0; at < body.size(); ++at) {
        auto broken = body;
        broken[at] = static_cast<char>(broken[at] ^ 0x10);
        const auto out = decode({content_coding::gzip}, broken);
        INFO("octet " << at);
        // Some octets, of the header and elsewhere, say nothing about the content.
        CHECK((out.failure || out.text == text));
    }
}

TEST_CASE("content_decoder: gzip members follow one another", "[proto][decoder]") {
    std::string body;
    std::string text;
    for (int i = 0; i < 300; ++i) {
        const auto part = sample(static_cast<std::size_t>(i % 7) * 10);
        body += test::gzip(part);
        text += part;
    }
    for (const std::size_t piece : {0U, 1U, 5U, 4096U}) {
        const auto out = decode({content_coding::gzip}, body, {}, piece);
        CHECK_FALSE(out.failure);
        CHECK((out.text == text));
    }
}

TEST_CASE(
    "content_decoder: behind gzip and deflate nothing is looked at", "[proto][decoder]"
) {
    const auto behind = GENERATE(
        as<std::string>(),
        "\0"s,
        std::string(5000, '\0'),
        "garbage",
        "\x1f",
        "\x1f\x1f\x8b",
        "\0\x1f\x8b"s
    );
    const std::size_t piece = GENERATE(0U, 1U);
    for (const auto& [coding, body] :
         {std::pair(content_coding::gzip, test::gzip("text")),
          std::pair(content_coding::deflate, test::zlib("text")),
          std::pair(content_coding::deflate, test::bare_deflate("text"))}) {
        const auto out = decode({coding}, body + behind, {}, piece);
        CHECK_FALSE(out.failure);
        CHECK(out.text == "text");
    }
}

TEST_CASE(
    "content_decoder: a second member that is begun has to be right", "[proto][decoder]"
) {
    const std::size_t piece = GENERATE(0U, 1U);
    const auto member = test::gzip("text");
    for (const auto& behind :
         {"\x1f\x8b"s,
          "\x1f\x8b\x08"s,
          "\x1f\x8b\x07 no method"s,
          member.substr(0, member.size() - 1)}) {
        const auto out = decode({content_coding::gzip}, member + behind, {}, piece);
        CHECK(out.failure.ec == error::bad_encoding);
        CHECK(out.text.starts_with("text"));
    }
}

TEST_CASE("content_decoder: a preset dictionary is refused", "[proto][decoder]") {
    const auto body = test::deflated("words words", 15, "words");
    CHECK(decode({content_coding::deflate}, body).failure.ec == error::bad_encoding);
}

TEST_CASE(
    "content_decoder: zlib and gzip are not taken for one another", "[proto][decoder]"
) {
    CHECK(
        decode({content_coding::gzip}, test::zlib("text")).failure.ec ==
        error::bad_encoding
    );
    CHECK(
        decode({content_coding::deflate}, test::gzip("text")).failure.ec ==
        error::bad_encoding
    );
}

TEST_CASE("F1.2: ten million zeros stop at the size limit", "[proto][decoder][F1]") {
    const std::string zeros(10'000'000, '\0');
    for (const auto& w : ways()) {
        INFO(w.name);
        const auto out =
            decode({w.coding}, w.encode(zeros), {.size = 1'000'000, .ratio = 0});
        CHECK(out.failure.ec == error::body_too_large);
        CHECK(out.text.size() <= 1'000'000);
        CHECK_FALSE(decode({w.coding}, w.encode("12345"), {.size = 5}).failure);
        CHECK(
            decode({w.coding}, w.encode("12345"), {.size = 4}).failure.ec ==
            error::body_too_large
        );
    }
}

TEST_CASE(
    "F1.2: one gzip or deflate never comes to the default ratio", "[proto][decoder][F1]"
) {
    const std::string zeros(10'000'000, '\0');
    const auto out = decode({content_coding::gzip}, test::gzip(zeros), {}, 1000);
    CHECK_FALSE(out.failure);
    CHECK((out.text == zeros));
    CHECK_FALSE(decode({content_coding::deflate}, test::bare_deflate(zeros)).failure);
}

TEST_CASE(
    "F1.2: codings upon codings come to the default ratio", "[proto][decoder][F1]"
) {
    const std::string zeros(20'000'000, '\0');
    for (const auto& w : ways()) {
        INFO(w.name);
        const auto out = decode({w.coding, w.coding}, w.encode(w.encode(zeros)));
        CHECK(out.failure.ec == error::body_too_large);
        // As much as is let pass, and what a step may give beyond that.
        CHECK(out.text.size() <= (1U << 20U) + 65'536);
    }
}

TEST_CASE(
    "F1.2: a bomb that the next coding swallows is one all the same",
    "[proto][decoder][F1]"
) {
    const auto swallowed = test::gzip("") + std::string(20'000'000, '\0');
    for (const auto& w : ways()) {
        INFO(w.name);
        const auto inner = w.encode(swallowed);
        const auto out =
            decode({content_coding::gzip, w.coding, w.coding}, w.encode(inner));
        CHECK(out.failure.ec == error::body_too_large);
        CHECK(out.text.empty());
    }
}

TEST_CASE(
    "F1.4: a step is short, also where nothing comes of it", "[proto][decoder][F1]"
) {
    std::string body;
    const auto nothing = test::gzip("");
    while (body.size() < 2'000'000) body += nothing;
    const auto out = decode({content_coding::gzip}, body);
    CHECK_FALSE(out.failure);
    CHECK(out.text.empty());
    CHECK(out.steps > 30);
    CHECK(out.most_consumed <= 65'536);
    const auto zeros =
        decode({content_coding::gzip}, test::gzip(std::string(3'000'000, 'z')));
    CHECK(zeros.steps > 40);
}

#endif

#ifdef XFER_HAS_BROTLI

TEST_CASE(
    "F1.2: br of nothing but repetitions comes to the default ratio",
    "[proto][decoder][F1]"
) {
    const auto body = test::brotli(std::string(20'000'000, 'a'));
    const auto out = decode({content_coding::br}, body);
    CHECK(out.failure.ec == error::body_too_large);
    CHECK(out.text.size() <= (1U << 20U) + 65'536);
    CHECK_FALSE(decode({content_coding::br}, body, {.ratio = 0}).failure);
}

TEST_CASE("F1.2: br with a large window is refused", "[proto][decoder][F1]") {
    const auto text = sample(1000);
    CHECK(decode({content_coding::br}, test::brotli(text, 24)).text == text);
    const auto out = decode({content_coding::br}, test::brotli(text, 26));
    CHECK(out.failure.ec == error::bad_encoding);
}

TEST_CASE("content_decoder: nothing follows br", "[proto][decoder]") {
    const std::size_t piece = GENERATE(0U, 1U);
    const auto out =
        decode({content_coding::br}, test::brotli("text") + "\0"s, {}, piece);
    CHECK(out.failure.ec == error::bad_encoding);
    CHECK(out.text == "text");
}

#endif

#ifdef XFER_HAS_ZSTD

TEST_CASE(
    "F1.2: zstd of nothing but repetitions comes to the default ratio",
    "[proto][decoder][F1]"
) {
    const auto body = test::zstd(std::string(20'000'000, 'a'));
    const auto out = decode({content_coding::zstd}, body);
    CHECK(out.failure.ec == error::body_too_large);
    CHECK(out.text.size() <= (1U << 20U) + 65'536);
}

TEST_CASE("F1.2: zstd with a window above 8 MiB is refused", "[proto][decoder][F1]") {
    const auto text = sample(1000);
    CHECK(decode({content_coding::zstd}, test::zstd(text, 23)).text == text);
    const auto out = decode({content_coding::zstd}, test::zstd(text, 24));
    CHECK(out.failure.ec == error::bad_encoding);
    CHECK(out.failure.why == "the zstd coded body asks for a window above 8 MiB");
}

TEST_CASE(
    "content_decoder: zstd frames follow one another, and nothing else",
    "[proto][decoder]"
) {
    // A skippable frame: magic number, size, content (RFC 8878 3.1.2).
    const auto skippable = "\x50\x2a\x4d\x18\x03\x00\x00\x00xyz"s;
    const auto body = skippable + test::zstd("one, ") + test::zstd("") + skippable +
                      test::zstd("two");
    const std::size_t piece = GENERATE(0U, 1U, 7U);
    const auto out = decode({content_coding::zstd}, body, {}, piece, 5);
    CHECK_FALSE(out.failure);
    CHECK(out.text == "one, two");
    CHECK(
        decode({content_coding::zstd}, body + "garbage", {}, piece).failure.ec ==
        error::bad_encoding
    );
    CHECK(
        decode({content_coding::zstd}, body + "\x28"s, {}, piece).failure.ec ==
        error::bad_encoding
    );
}

TEST_CASE(
    "content_decoder: a changed octet never passes zstd's checksum", "[proto][decoder]"
) {
    const auto text = sample(400);
    const auto body = test::zstd(text);
    for (std::size_t at = 0; at < body.size(); ++at) {
        auto broken = body;
        broken[at] = static_cast<char>(broken[at] ^ 0x10);
        const auto out = decode({content_coding::zstd}, broken);
        INFO("octet " << at);
        CHECK((out.failure || out.text == text));
    }
}

#endif
