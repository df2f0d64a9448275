// %{json} and %{header_json} of -w.
#include "options/letters.hpp"
#include "output/write_out/variables.hpp"

#include <set>

namespace tool {

namespace {

/// Statuses have no leading zeros there.
std::string json_value(const variable_value& value) {
    if (std::holds_alternative<std::monostate>(value)) return "null";
    if (const auto* text = std::get_if<std::string>(&value)) return json_text(*text);
    if (const auto* s = std::get_if<status_value>(&value)) {
        return std::to_string(s->status);
    }
    return plain_text(value);
}

}  // namespace

std::string json_text(std::string_view text) { return '"' + json_escaped(text) + '"'; }

std::string json_of(const outcome& ended, std::string_view curl_version) {
    std::string out = "{";
    for (const auto& v : all_variables()) {
        out.append("\"").append(v.name).append("\":");
        out.append(json_value(v.of(ended))).append(",");
    }
    return out + "\"curl_version\":" + json_text(curl_version) + "}";
}

std::string header_json_of(const outcome& ended) {
    const auto& fields = ended.response.fields();
    std::string out = "{";
    bool first = true;
    std::set<std::string> seen;
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto name = lower(fields[i].name);
        // All lines of one name stand where its first one is.
        if (!seen.insert(name).second) continue;
        out += first ? "" : ",\n";
        first = false;
        out += json_text(name) + ":[";
        bool more = false;
        for (const auto line : fields.all(name)) {
            out += (more ? "," : "") + json_text(line.value);
            more = true;
        }
        out += "]";
    }
    return out + "\n}";
}

}  // namespace tool
