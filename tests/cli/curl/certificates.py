"""Keys and certificates for the https servers, made when a test needs them."""
import base64
import hashlib
import pathlib
import subprocess
import threading

CONFIGURATION = """
[ca]
default_ca = here
[here]
database = index.txt
serial = serial.txt
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
default_days = 3650
default_crl_days = 3650
policy = anything
unique_subject = no
[anything]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[leaf]
subjectAltName = DNS:localhost, DNS:name.test, DNS:*.wild.test, IP:127.0.0.1, IP:::1
[elsewhere]
subjectAltName = DNS:elsewhere.test
[client]
extendedKeyUsage = clientAuth
[req]
distinguished_name = none
[none]
"""
EXPIRED = ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"]


class Certificates:
    """The files in `folder`:
    ca.pem           the authority of all that is good; other-ca.pem has signed nothing;
                     hashed/ is a --capath with ca.pem
    NAME.pem, .key   of servers: leaf (good), expired, elsewhere (another host), revoked,
                     selfsigned; of clients: client
    crl.pem          says that revoked.pem is
    client-*         the same client certificate in other forms; the password is "secret"
    """

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.lock = threading.Lock()
        self.made = False

    def file(self, name):
        """The path of a file; all are made when the first one is asked for."""
        with self.lock:
            if not self.made:
                self._make()
                self.made = True
        return str(self.folder / name)

    def pin(self):
        """--pinnedpubkey's text for the good server."""
        der = self._openssl("x509 -in leaf.pem -pubkey -noout | openssl pkey -pubin -outform DER",
                            ready=self.file("leaf.pem"))
        return "sha256//" + base64.b64encode(hashlib.sha256(der).digest()).decode()

    def _openssl(self, command, ready=None):
        done = subprocess.run(["sh", "-ec", "openssl " + command], cwd=self.folder,
                              stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise RuntimeError(f"openssl {command}: {done.stderr.decode()}")
        return done.stdout

    def _key(self, name):
        self._openssl(f"ecparam -name prime256v1 -genkey -noout -out {name}.key")

    def _signed(self, name, extensions, options=()):
        self._key(name)
        self._openssl(f"req -new -config openssl.cnf -key {name}.key -subj /CN={name}"
                      f" -out {name}.csr")
        self._openssl(f"ca -batch -notext -config openssl.cnf -extensions {extensions}"
                      f" -in {name}.csr -out {name}.pem {' '.join(options)}")

    def _alone(self, name, extensions):
        self._key(name)
        self._openssl(f"req -x509 -config openssl.cnf -extensions {extensions} -days 3650"
                      f" -key {name}.key -subj /CN={name} -out {name}.pem")

    def _make(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "openssl.cnf").write_text(CONFIGURATION)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial.txt").write_text("1000\n")
        self._alone("ca", "authority")
        self._alone("other-ca", "authority")
        self._alone("selfsigned", "leaf")
        self._signed("leaf", "leaf")
        self._signed("expired", "leaf", EXPIRED)
        self._signed("elsewhere", "elsewhere")
        self._signed("revoked", "leaf")
        self._signed("client", "client")
        self._openssl("ca -config openssl.cnf -revoke revoked.pem")
        self._openssl("ca -config openssl.cnf -gencrl -out crl.pem")
        (self.folder / "hashed").mkdir()
        (self.folder / "hashed" / "ca.pem").write_bytes((self.folder / "ca.pem").read_bytes())
        self._openssl("rehash hashed")
        both = (self.folder / "client.pem").read_bytes() + (self.folder / "client.key").read_bytes()
        (self.folder / "client-both.pem").write_bytes(both)
        self._openssl("pkey -in client.key -aes128 -passout pass:secret -out client-locked.key")
        self._openssl("pkey -in client.key -outform DER -out client-key.der")
        self._openssl("x509 -in client.pem -outform DER -out client.der")
        self._openssl("pkcs12 -export -in client.pem -inkey client.key -passout pass:secret"
                      " -out client.p12")
        self._openssl("pkey -in leaf.key -pubout -out leaf-public.pem")
        self._openssl("pkey -in ca.key -pubout -out ca-public.pem")
