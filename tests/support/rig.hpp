// A multi on the in-memory network, driven in both ways behind one face.
#pragma once

#include <xfer/multi.hpp>
#include <xfer/testing/inspector.hpp>
#include <xfer/testing/manual_clock.hpp>
#include <xfer/testing/memory_network.hpp>
#include <xfer/testing/memory_server.hpp>

#include <asio/io_context.hpp>
#include <catch2/catch.hpp>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace support {

enum class driven { by_perform, by_io_context };

inline std::ostream& operator<<(std::ostream& out, driven d) {
    return out << (d == driven::by_perform ? "by perform" : "by an io_context");
}

/// Everything a test needs: network, clock, loop and multi, destroyed in an order of
/// the test's choice by resetting them.
struct rig {
    explicit rig(driven how, xfer::settings s = {}) : by(how) {
        s.dialer = network;
        s.clock = clock;
        if (by == driven::by_perform) {
            m.emplace(s);
        } else {
            io.emplace();
            m.emplace(*io, s);
        }
    }

    /// Runs all that can run without time passing.
    void run() {
        if (by == driven::by_perform) {
            if (m) {
                m->perform();
            }
        } else if (io) {
            io->restart();
            io->poll();
        }
    }
    void advance(xfer::duration d) {
        clock->advance(d);
        run();
    }
    [[nodiscard]] std::vector<xfer::message> read_all() {
        std::vector<xfer::message> all;
        while (auto next = m->info_read()) {
            all.push_back(std::move(*next));
        }
        return all;
    }
    /// One transfer that needs no time, from its start to its end.
    [[nodiscard]] xfer::message transfer(xfer::request request) {
        const auto id = m->add(std::move(request));
        run();
        auto all = read_all();
        REQUIRE(all.size() == 1);
        CHECK(all.front().id == id);
        return std::move(all.front());
    }
    /// Nothing of any transfer is left.
    [[nodiscard]] bool at_rest() const {
        return xfer::testing::inspector::live_blocks(*m) == 0 &&
               !xfer::testing::inspector::any_deadline(*m) && m->stats().running == 0;
    }
    /// A transfer on the same multi, to a host of its own, still works.
    [[nodiscard]] bool control_transfer_works() {
        if (!control) {
            control.emplace(*network, "control.test", 80, std::string(100'000, 'c'));
        }
        const auto id = m->add("http://control.test/");
        run();
        for (auto& done : read_all()) {
            if (done.id == id) {
                return !done.ec && done.response.body().size() == 100'000;
            }
        }
        return false;
    }

    const driven by;
    const std::shared_ptr<xfer::testing::memory_network> network =
        std::make_shared<xfer::testing::memory_network>();
    const std::shared_ptr<xfer::testing::manual_clock> clock =
        std::make_shared<xfer::testing::manual_clock>();
    std::optional<xfer::testing::memory_server> control;
    std::optional<asio::io_context> io;
    std::optional<xfer::multi> m;
};

/// Both ways of driving, for GENERATE.
inline auto both_ways() {
    return Catch::Generators::values({driven::by_perform, driven::by_io_context});
}

/// A peer that takes what comes and says nothing by itself.
inline void listen_silently(rig& r, const std::string& host) {
    r.network->listen(host, 80, [](const auto&) {});
}

}  // namespace support
