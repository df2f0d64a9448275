// Names for addresses, and back.
#include "place.hpp"

#include "support/scratch.hpp"

namespace differential {

std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != std::string::npos;
         at = text.find(what, at + by.size())) {
        text.replace(at, what.size(), by);
    }
    return text;
}

std::string place::filled(std::string text) const {
    if (text.find('<') == std::string::npos) return text;
    for (const auto& [name, address] : names) {
        text = replaced(std::move(text), name, address);
    }
    return text;
}

std::string place::named(std::string text) const {
    for (const auto& [name, address] : names) {
        // A port alone is a number like any other.
        const bool is_port = address.find(':') == std::string::npos;
        text = is_port ? replaced(std::move(text), ':' + address, ':' + name)
                       : replaced(std::move(text), address, name);
    }
    return text;
}

std::string place::file(std::string_view name) const {
    return directory + '/' + std::string(name);
}

std::string place::write(std::string_view name, std::string_view text) const {
    const auto path = file(name);
    support::write_file(path, text);
    return path;
}

}  // namespace differential
