// Options of the tool itself.
#include "options/apply/apply.hpp"
#include "options/table/table.hpp"

namespace tool {

std::span<const option> tool_options() noexcept {
    static constexpr option table[] = {
        {"config",
         'K',
         takes::argument,
         "<file>",
         curl_category,
         "Read options from a file",
         "One option a line: its name, without or with dashes, then =, : or space, "
         "then the argument, in quotes where it has spaces; # begins a comment. - is "
         "standard input.",
         true,
         &apply::config},
        {"disable",
         'q',
         takes::flag,
         "",
         curl_category,
         "Do not read the default config file",
         "As the first option it leaves out .curlrc or .xferrc; anywhere else it does "
         "nothing.",
         false,
         &apply::nothing_to_do},
        {"globoff",
         'g',
         takes::flag,
         "",
         curl_category,
         "Take {} and [] in URLs as they are",
         "Braces and brackets in URLs stand for themselves.",
         false,
         &apply::globoff},
        {"help",
         'h',
         takes::argument,
         "<subject>",
         curl_category | important_category,
         "Show help",
         "Lists the important options; \"all\" lists all, \"category\" the categories, "
         "the name of one its options, and an option, as --data, what the manual says "
         "of it.",
         false,
         &apply::help},
        {"manual",
         'M',
         takes::flag,
         "",
         curl_category,
         "Show the manual",
         "Writes the whole manual.",
         false,
         &apply::manual},
        {"metalink",
         0,
         takes::flag,
         "",
         misc_category,
         "Has no function any more",
         "Once read Metalink files. Is accepted with a warning.",
         false,
         &apply::retired},
        {"next",
         ':',
         takes::nothing,
         "",
         curl_category,
         "Begin anew for the URLs that follow",
         "Options that belong to URLs hold for those before it, and those after it "
         "start from the defaults. Those of the whole command line stay.",
         true,
         &apply::next},
        {"variable",
         0,
         takes::argument,
         "<[%]name=text/@file>",
         curl_category,
         "Set a variable",
         "name=text, name@file, %NAME from the environment, or %NAME=text with a "
         "default. name[2-5]=text takes a part of it. --expand-OPTION replaces "
         "{{name}} in its argument, and {{name:trim:json:url:b64:64dec}} works on it "
         "first.",
         true,
         &apply::variable},
        {"version",
         'V',
         takes::flag,
         "",
         curl_category | important_category,
         "Show the version",
         "Writes the version, and the protocols and features of this build.",
         false,
         &apply::version},
    };
    return table;
}

}  // namespace tool
