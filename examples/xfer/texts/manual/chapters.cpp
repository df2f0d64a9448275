// The manual's chapters.
#include "texts/manual/document.hpp"

namespace tool {

namespace {

// In pieces, because a compiler need not take a string literal of more than 65535
// bytes.
constexpr std::string_view source = R"manual(# NAME

{tool} - transfers data from and to URLs

# SYNOPSIS

{tool} [options...] <url>...

# DESCRIPTION

{tool} fetches what URLs name, or sends to them, over HTTP and HTTPS. It needs nobody at
the keyboard: everything is said on the command line or in a config file, what arrives
goes to standard output or to files, and the exit code tells whether it worked.

Its options, output, requests and exit codes are those of curl 8, so that who knows
curl, and scripts that say curl, need not learn anything. What differs, and what {tool}
adds, stands in the chapters on compatibility and on options of its own.

    {tool} https://www.example.com/
    {tool} -O https://www.example.com/archive.tar.gz
    {tool} -L --json '{"name": "value"}' https://www.example.com/api

Options and URLs may be mixed in any order. An option holds for all URLs, but for -o, -O
and -T, of which each goes with one URL, the first with the first. After --next, options
begin anew for the URLs that follow.

# URL

A URL without a scheme is taken for http, or for what --proto-default says. Quote URLs: '&', '?', '*' and brackets mean something
to shells.

Several URLs in one command are fetched one after another, in their order, over
connections that are kept and used again; with -Z many at once.

# URL GLOBBING

A URL may stand for many. Braces hold alternatives, brackets a range of numbers or of
letters, with a step behind a colon if there is one:

    https://www.example.com/{index,about,contact}.html
    https://www.example.com/page[1-100].html
    https://www.example.com/page[001-100].html
    https://www.example.com/page[0-100:10].html
    https://www.example.com/part[a-z].txt

Leading zeros are kept. A URL may have several of these, and stands for all combinations
then; the last one changes fastest. They do not nest.

In the name of an output file, #1 is what the first of them has in the URL at hand, #2
what the second has, and so on:

    {tool} "https://{one,two}.example.com/[1-3].html" -o "#1_#2.html"

A backslash before a brace or bracket makes it a plain character, and -g switches all of
this off; an IPv6 address in brackets is left alone.

# VARIABLES

--variable names a text, or the contents of a file, or imports an environment variable;
an option whose name has --expand- in front of it has {{name}} in its argument replaced
by it. Functions behind the name change the text first: {{name:trim}} removes space
around it, and json, url, b64 and 64dec write it as JSON, percent-encoded, in base64, or
read base64.

    {tool} --variable %USER --expand-url "https://example.com/{{USER:url}}"

# OUTPUT

What arrives is written to standard output, as it is, unless -o names a file or -O has
the last part of the URL's path name it. Neither waits for the end of a transfer: a file
grows while it is received, and a transfer that fails leaves what it had, unless
--remove-on-error is given.

Binary data is not written to a terminal: "-o -" says that it shall.

# PROTOCOLS

HTTP/1.1 is spoken; HTTP/1.0 too, with -0, and an answer of HTTP/0.9 is taken where
--http0.9 permits it. https is the same inside TLS 1.2 or 1.3, and the server's certificate
is verified unless -k is given. All of it goes over TCP, with IPv4 and IPv6, over unix
sockets, and through proxies.

# PROGRESS METER

While a transfer runs whose output goes to a file or a pipe, a line on standard error
tells how much has arrived and was sent, how fast, how long it took, and how long it is
going to take. Sizes are in units of 1024 bytes: k, M, G, T and P. It is not drawn when
the output goes to the terminal itself, as the two would mix; redirect or name a file to
see it.

-# draws a bar in its place, --no-progress-meter neither, and -s leaves out error
messages as well, unless -S is there. With -Z one line tells of all transfers; with -Z
and -# on a terminal each has a bar.

# OPTIONS

A short option is one dash and one letter; its argument may follow as the next word, or
at once: "-ofile" is "-o file". Letters without arguments may share a dash: "-sSL". A
long option is two dashes and a name; its argument is the next word, or follows '='. A
name may be shortened as long as it remains the only one that begins so. What an option
without argument switches on, its name with "no-" in front switches off:
"--no-compressed". Those that are listed with "no-" in front are on from the start.

Where an option is given twice, the later one holds, unless it says otherwise.

An option that asks for what this version cannot do is known all the same: it ends the
command with a line that says so.

{options}
.

)manual"
                                    R"manual(# OPTIONS THAT CURL DOES NOT HAVE

= --resume
continues a download that broke off, and cannot splice two versions of a file: the
server is asked for the rest only of the very version that was begun, and sends all of
it when that has changed. -C trusts the length of what is there alone.

= --sha256 <hex>
compares what arrived with a SHA-256 sum, and fails if it is another. Each URL has its
own, in their order.

= --stats
tells at the end, on standard error, what the run came to: transfers, files that were
written, connections, bytes and their rate, the time that half of the transfers and 99 %
of them did not exceed, and the files that were left in part.
.

# CONFIG FILES

-K names a file of options, one on a line: a long name, with or without its dashes, then
space, '=' or ':' and the argument, in double quotes if there is space in it; inside
these, \n, \r, \t, \v, \" and \\ mean what they do in C. A line that begins with '#' is
a comment.

    # fetch this and save it
    url = "https://www.example.com/"
    output = "example.html"

Without -q as the first option, a default config file is read before all else, the first
that is there of those under FILES.

# FILES

= ~/{rc}
The default config file. It is looked for in CURL_HOME, then, as {rc_plain}, in
XDG_CONFIG_HOME, then in HOME, and last, as {rc_plain}, in the directory .config of HOME.

= ~/.netrc
Names and passwords by host, for -n.
.

# ENVIRONMENT

The names of proxy variables may be written in lower case or in capitals, and lower case
goes first; http_proxy is read in lower case only, because a server can be made to set
the other one by a request.

= http_proxy [scheme://]<host>[:port]
The proxy for http URLs.

= HTTPS_PROXY [scheme://]<host>[:port]
The proxy for https URLs.

= ALL_PROXY [scheme://]<host>[:port]
The proxy where neither of these is set.

= NO_PROXY <list>
Hosts that are reached without a proxy, with commas between them; "*" is all of them. A
name stands for its subdomains too, and networks are written as 192.168.0.0/16. --noproxy
goes before it.

= SSL_CERT_FILE <file>
The certificates to trust, in place of the system's.

= SSL_CERT_DIR <dir>
A directory of these.

= CURL_CA_BUNDLE <file>
The same as --cacert, which goes before it.

= CURL_HOME, XDG_CONFIG_HOME, HOME
Where the default config file is looked for, and HOME where .netrc is.

= COLUMNS
How wide the progress display is at most; without it, as wide as the terminal.
.

# PROXY PROTOCOL PREFIXES

What is spoken to a proxy stands before its name, and is HTTP without any:

= http://
An HTTP proxy; https URLs go through a tunnel.

= https://
The same, inside TLS.

= socks4://
SOCKS 4; names are looked up here.

= socks4a://
SOCKS 4a; the proxy looks names up.

= socks5://
SOCKS 5; names are looked up here.

= socks5h://
SOCKS 5; the proxy looks names up.
.

)manual"
                                    R"manual(# EXIT CODES

They are curl's, up to 100. With several transfers, it is that of the last one; with -Z
that of the last one that failed; and with --fail-early that of the first one that failed.

= 0
It worked.

= 1
The protocol is not spoken, or not permitted.

= 2
The command line is wrong, or the tool could not start.

= 3
A URL is malformed, or its globs are.

= 4
What was asked for is not built in.

= 5
The proxy's name has no address.

= 6
The host's name has no address.

= 7
No connection could be made.

= 8
The server's answer is not HTTP, or not safe to take.

= 18
The transfer ended early.

= 22
The status was 400 or above, and -f or --fail-with-body was given.

= 23
A file could not be written.

= 25
The body cannot be sent that way, or the server would not have it.

= 26
A file could not be read.

= 27
Memory ran out.

= 28
A time limit was reached.

= 33
The server cannot continue a download.

= 35
The TLS handshake failed.

= 36
A download cannot be continued where it was to be.

= 42
The transfer was broken off.

= 43
An option has an argument that cannot be.

= 45
The interface, local address or local port cannot be had.

= 47
There were more redirects than --max-redirs allows.

= 49
What --resolve or --connect-to says is not of the form that they have.

= 52
The server closed the connection without an answer.

= 55
Sending failed.

= 56
Receiving failed.

= 58
The client's certificate or key cannot be used.

= 59
The TLS setting cannot be had.

= 60
The server's certificate is not trusted.

= 61
The encoding of the body is unknown or broken.

= 63
The file is larger than --max-filesize allows.

= 65
The body had to be sent again, and could not.

= 67
The login was denied.

= 77
The CA certificates cannot be read.

= 82
The revocation list cannot be read.

= 90
The server's public key is none of the pinned ones.

= 97
The proxy refused, or broke its protocol.

= 100
The answer's headers are larger than is safe.

= 120
The body does not have the SHA-256 of --sha256, or none could be computed. This one is
no code of curl's.
.

# COMPATIBILITY

Started under the name curl, as a link of that name does, the tool speaks of itself as
curl: in its messages, in --version, and as User-Agent. Scripts and test harnesses that
look for curl take it for one. At the end of the first line of --version it says what it
is.

HTTP/2, HTTP/3, FTP, mail, and other protocols of curl's are not spoken; NTLM, Negotiate
and SigV4 logins, HSTS and Alt-Svc are not there. A header is never sent with a line
feed, carriage return or NUL in it.

# BUGS

A password on the command line can be seen by other users of the machine, until the tool
has started at least. Put it into a config file that only you can read, into .netrc, or
have -u ask for it.

# SEE ALSO

curl(1), wget(1); docs/cli.md and docs/curl-to-xfer.md of xfer's sources.
)manual";

}  // namespace

std::string_view manual_source() noexcept { return source; }

}  // namespace tool
