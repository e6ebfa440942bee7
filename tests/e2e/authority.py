"""A certificate authority of the test's own, by openssl."""

import pathlib
import subprocess

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(*arguments):
    subprocess.run(
        ["openssl", *[str(argument) for argument in arguments]], check=True, capture_output=True
    )


class Authority:
    def __init__(self, folder, name="ca"):
        self.folder = pathlib.Path(folder)
        self.pem = self.folder / f"{name}.pem"
        self._key = self.folder / f"{name}.key"
        _openssl("req", "-x509", *KEY, "-days", 2, "-subj", f"/CN={name}",
                 "-keyout", self._key, "-out", self.pem)  # fmt: skip

    def issue(self, name, alternatives="IP:127.0.0.1,DNS:localhost", days=1):
        """A certificate and its key as files; with negative days it has expired already."""
        cert, key = self.folder / f"{name}.pem", self.folder / f"{name}.key"
        request, extra = self.folder / f"{name}.csr", self.folder / f"{name}.ext"
        extra.write_text(f"subjectAltName={alternatives}\n")
        _openssl("req", *KEY, "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        _openssl("x509", "-req", "-in", request, "-CA", self.pem, "-CAkey", self._key,
                 "-CAcreateserial", "-days", days, "-extfile", extra, "-out", cert)  # fmt: skip
        return cert, key
