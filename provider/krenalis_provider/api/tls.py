"""Whose certificates count for a server's."""

import os
import ssl


class CertificateFileError(ValueError):
    """A file of certificates cannot be used. The message says why; it is the rest of a sentence that names the file."""


def context(ca_cert_file: str | None) -> ssl.SSLContext:
    """What is needed to verify a server: by the authorities of a PEM file alone, or by those of the system.

    `SSL_CERT_FILE` and `SSL_CERT_DIR` name others than the system's. Where a system has none, those of the package
    certifi count. Raises `CertificateFileError`.
    """
    if ca_cert_file is None:
        made = ssl.create_default_context()
        if not _has_authorities():
            import certifi  # noqa: PLC0415 - most systems have their own

            made.load_verify_locations(certifi.where())
        return made
    try:
        return ssl.create_default_context(cafile=ca_cert_file)
    except ssl.SSLError as error:
        raise CertificateFileError(
            "holds no certificates in PEM, between `-----BEGIN CERTIFICATE-----` and `END`"
        ) from error
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CertificateFileError(f"cannot be read: {reason}") from error


def trusting_nobody() -> ssl.SSLContext:
    """For a server without TLS: reading the authorities takes longer than a request."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _has_authorities() -> bool:
    """Whether OpenSSL has a file or a folder of authorities on this system, or by the variables."""
    paths = ssl.get_default_verify_paths()
    return paths.cafile is not None or (paths.capath is not None and bool(os.listdir(paths.capath)))  # noqa: PTH208


def explained(error: ssl.SSLError, ca_cert_file: str | None) -> str:
    """Why no protected connection came about, and the remedy, in sentences."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"{error.verify_message.rstrip('.')}. {_certificate_remedy(error.verify_code, ca_cert_file)}"
    if is_of_plain_text(error):
        return "what answers there does not speak TLS. Is the port right, or should the endpoint begin with `http://`?"
    return f"TLS failed: {_words(error)}"


def is_of_plain_text(error: ssl.SSLError) -> bool:
    """Whether what answered does not speak TLS."""
    signs = ("wrong version number", "record layer failure", "http request", "unknown protocol")
    return any(sign in _words(error) for sign in signs)


def _words(error: ssl.SSLError) -> str:
    """OpenSSL's reason."""
    return (error.reason or str(error)).replace("_", " ").lower()


def _certificate_remedy(code: int, ca_cert_file: str | None) -> str:
    if code in (_OTHER_NAME, _OTHER_ADDRESS):
        return "Use the name that the certificate is for in `endpoint`"
    if code in (_EXPIRED, _NOT_YET_VALID):
        return "The certificate is not valid today: renew it, or set the clock of this machine right"
    if ca_cert_file is None:
        return "If a private authority has signed the certificate, name a file with the authority's own in `ca_cert_file`"
    return f"`ca_cert_file` ({ca_cert_file}) has no authority that has signed it; while it is set, no other counts"


_NOT_YET_VALID, _EXPIRED, _OTHER_NAME, _OTHER_ADDRESS = 9, 10, 62, 64  # X509_V_ERR_…, in OpenSSL's x509_vfy.h
