"""Certificates for the tests of TLS, made by scripts/dev-certs."""

import os
import pathlib
import shutil
import subprocess

import support


class Certificates:
    """What a directory of certificates has, and the options of the program that name them."""

    def __init__(self, directory, days=None, authority=None):
        self.directory = pathlib.Path(directory)
        if authority:
            self.directory.mkdir()
            for name in "ca.pem", "ca.key":
                shutil.copy(authority.path(name), self.directory)
        environment = dict(os.environ)
        if days is not None:
            environment["DAYBOOK_CERT_DAYS"] = str(days)
        subprocess.run([support.SOURCE / "scripts/dev-certs", self.directory], env=environment,
                       check=True, stdout=subprocess.DEVNULL, timeout=support.DEADLINE_S)

    def path(self, name):
        return str(self.directory / name)

    def options(self, who, authority=None, key=None):
        """For `node` or `client`."""
        return ("--tls-cert", self.path(f"{who}.pem"), "--tls-key", key or self.path(f"{who}.key"),
                "--tls-ca", (authority or self).path("ca.pem"))

    def encrypt(self, who, passphrase):
        """Another file of the key, which needs a passphrase; gives its path."""
        made = self.path(f"{who}.encrypted.key")
        subprocess.run(["openssl", "pkey", "-in", self.path(f"{who}.key"), "-out", made, "-aes256",
                        "-passout", "stdin"], input=passphrase.encode() + b"\n", check=True,
                       capture_output=True, timeout=support.DEADLINE_S)
        return made
