"""Certificates for the lab's servers: an authority made for one folder, whose key is thrown away, and one certificate for loopback."""

import ipaddress
import ssl
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from adapters.lab.process.folder import Folder

LIFE = timedelta(days=365)
PEM = serialization.Encoding.PEM


def make_certificates(folder: Folder, now: datetime) -> None:
    """Writes the authority's certificate, and the server's certificate and key, unless they are there and still good for a week."""
    if folder.ca.exists() and x509.load_pem_x509_certificate(folder.ca.read_bytes()).not_valid_after_utc > now + timedelta(days=7):
        return
    authority, server = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    issuer, name = _name("Switchover lab authority"), _name("Switchover lab")
    ca = _certificate_builder(issuer, issuer, authority.public_key(), now)
    ca = ca.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True).add_extension(_authority_key_usage(), critical=True)
    certificate = _certificate_builder(name, issuer, server.public_key(), now)
    for extension, critical in _server_extensions(authority.public_key()):
        certificate = certificate.add_extension(extension, critical=critical)
    folder.write(folder.server_key, server.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
    folder.write(folder.server, certificate.sign(authority, hashes.SHA256()).public_bytes(PEM))
    folder.write(folder.ca, ca.sign(authority, hashes.SHA256()).public_bytes(PEM))


def server_tls_context(folder: Folder) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(folder.server, folder.server_key)
    return context


def _certificate_builder(name: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _server_extensions(authority: ec.EllipticCurvePublicKey) -> list[tuple[x509.ExtensionType, bool]]:
    names = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return [
        (x509.SubjectAlternativeName(names), False),
        (x509.BasicConstraints(ca=False, path_length=None), True),
        (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False),
        (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority), False),
    ]


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _authority_key_usage() -> x509.KeyUsage:
    may = dict.fromkeys(("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False)
    return x509.KeyUsage(**may, key_cert_sign=True, crl_sign=True, encipher_only=False, decipher_only=False)
