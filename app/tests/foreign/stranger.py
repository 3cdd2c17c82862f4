"""A participant as another organisation programs it: zeep, python-xmlsec, requests and openssl; nothing of ours.

Every message that goes out and every answer that comes in is kept as it was on the wire.
"""

import base64
import datetime
import functools
import logging
import pathlib
import ssl
import subprocess
import sys
import tomllib
import uuid
import warnings

try:
    import requests
    import xmlsec
    import zeep
    from lxml import etree
    from zeep.exceptions import SignatureVerificationFailed
    from zeep.ns import DS, WSSE, WSU
    from zeep.utils import detect_soap_env
    from zeep.wsse.signature import BinarySignature, _make_verify_key, _verify_envelope_with_key
    from zeep.wsse.utils import get_security_header
except ImportError as error:
    sys.exit(f"zeep and xmlsec must be installed in {sys.executable}: {error}")

VERSIONS = ("Soap11", "Soap12")

# Where each service listens, counted from the country's first port, and the folder of who answers.
SERVICES = {
    "gateway": (10, "gateway", "gateway"),
    "card": (10, "card", "gateway"),
    "portal": (11, "portal", "portal"),
    "bank1": (12, "bank", "bank1"),
    "bank2": (15, "bank", "bank2"),
    "tax-registry": (18, "tax-registry", "tax-registry"),
    "service-bus": (19, "service-bus", "service-bus"),
}


class Refuse(logging.Handler):
    """A warning of zeep means that somebody's generator stumbles over our WSDL."""

    def emit(self, record):
        raise SystemExit(f"zeep warns: {record.getMessage()}")


warnings.simplefilter("error", category=UserWarning)
logging.getLogger("zeep").addHandler(Refuse(level=logging.WARNING))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def token_of(envelope):
    """The certificate in a message, as DER."""
    return base64.b64decode(envelope.find(f".//{{{WSSE}}}BinarySecurityToken").text)


@functools.cache
def subject_of(der, national_ca):
    """The subject of a certificate that the national CA issued; openssl is the judge."""
    pem = ssl.DER_cert_to_PEM_cert(der)
    judge = ["openssl", "verify", "-x509_strict", "-CAfile", str(national_ca)]
    judged = subprocess.run(judge, input=pem, text=True, capture_output=True)
    assert judged.returncode == 0, judged.stderr
    show = ["openssl", "x509", "-noout", "-subject", "-nameopt", "RFC2253"]
    return subprocess.run(show, input=pem, text=True, capture_output=True, check=True).stdout


@functools.cache
def is_rsa(folder):
    show = ["openssl", "x509", "-noout", "-text", "-in", str(folder / "signing.pem")]
    return "rsaEncryption" in subprocess.run(show, text=True, capture_output=True, check=True).stdout


class Signing(BinarySignature):
    """zeep's own signature, with a Timestamp; answers are judged by the certificate they carry.

    zeep verifies with the certificate it signs with, which is right for nobody who talks to somebody else.
    """

    def __init__(self, folder, national_ca, signature_method=None, digest_method=None):
        own = xmlsec.Transform.RSA_SHA256 if is_rsa(folder) else xmlsec.Transform.ECDSA_SHA256
        super().__init__(
            folder / "signing.key",
            folder / "signing.pem",
            signature_method=signature_method or own,
            digest_method=digest_method or xmlsec.Transform.SHA256,
        )
        self.national_ca = national_ca

    def apply(self, envelope, headers):
        stamp = etree.SubElement(get_security_header(envelope), f"{{{WSU}}}Timestamp")
        for name, at in (("Created", now()), ("Expires", now() + datetime.timedelta(minutes=5))):
            etree.SubElement(stamp, f"{{{WSU}}}{name}").text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
        return super().apply(envelope, headers)

    def verify(self, envelope):
        der = token_of(envelope)
        _verify_envelope_with_key(envelope, _make_verify_key(ssl.DER_cert_to_PEM_cert(der).encode()))
        signed = {reference.get("URI") for reference in envelope.iter(f"{{{DS}}}Reference")}
        for part in (envelope.find(f"{{{detect_soap_env(envelope)}}}Body"), envelope.find(f".//{{{WSU}}}Timestamp")):
            if "#" + part.get(f"{{{WSU}}}Id") not in signed:
                raise SignatureVerificationFailed(f"{part.tag} is not signed")
        self.subject = subject_of(der, self.national_ca)
        return envelope


class Wire(zeep.Transport):
    """zeep's transport, which keeps what it carries."""

    def __init__(self, session, record):
        super().__init__(session=session)
        self.record = record

    def post(self, address, message, headers):
        response = super().post(address, message, headers)
        self.status = response.status_code
        self.record(message, response.content)
        return response


class Country:
    """The running country: where it listens, who is in it, and what was said to it."""

    def __init__(self, folder, captures):
        self.folder = pathlib.Path(folder)
        self.captures = pathlib.Path(captures)
        self.port_base = tomllib.loads((self.folder / "country.toml").read_text())["port_base"]
        self.national_ca = self.folder / "people" / "national-ca.pem"
        self.said = 0
        self.clients = {}

    def url(self, offset):
        return f"https://127.0.0.1:{self.port_base + offset}"

    def wsdl(self, service):
        offset, name, _ = SERVICES[service]
        return f"{self.url(offset)}/ws/v1/{name}?wsdl"

    @functools.cache
    def bin(self, participant):
        return tomllib.loads((self.folder / participant / "config.toml").read_text())["bin"]

    def session(self, participant):
        folder = self.folder / participant
        session = requests.Session()
        # Without this, requests prefers what the environment says about proxies and roots.
        session.trust_env = False
        session.verify = str(self.national_ca)
        session.cert = (str(folder / "tls.pem"), str(folder / "tls.key"))
        return session

    def record(self, *messages):
        """Keeps a request and its answer as they were on the wire."""
        self.said += 1
        for octets, side in zip(messages, ("request", "answer")):
            (self.captures / f"{self.said:04}.{side}.xml").write_bytes(octets)

    def client(self, participant, service):
        """One client per participant and service, as a program that runs for long has it."""
        if (participant, service) not in self.clients:
            signing = Signing(self.folder / participant, self.national_ca)
            wire = Wire(self.session(participant), self.record)
            settings = zeep.Settings(strict=True)
            client = zeep.Client(self.wsdl(service), wsse=signing, transport=wire, settings=settings)
            self.clients[participant, service] = client
        return self.clients[participant, service]

    def header(self, participant):
        return {"messageId": str(uuid.uuid4()), "sentAt": now(), "sender": self.bin(participant)}

    def port(self, participant, service, version):
        client = self.client(participant, service)
        [(name, offered)] = client.wsdl.services.items()
        assert sorted(offered.ports) == [name + "Soap11", name + "Soap12"], offered.ports
        return client, client.bind(name, name + version)

    def ask(self, participant, service, version, operation, /, **fields):
        """Sends a message; the answer is signed by who should answer, and answers this message."""
        client, port = self.port(participant, service, version)
        fields = self.header(participant) | fields
        answer = port[operation](**fields)
        answering = self.bin(SERVICES[service][2])
        assert client.transport.status == 200, client.transport.status
        assert f"OU=BIN{answering}" in client.wsse.subject, client.wsse.subject
        assert (answer.sender, answer.inReplyTo) == (answering, fields["messageId"]), answer
        return answer

    def refusal(self, participant, service, version, operation, /, **fields):
        """Sends a message that must be refused; the fault's detail as the WSDL's type, and the code of SOAP."""
        client, port = self.port(participant, service, version)
        try:
            answer = port[operation](**(self.header(participant) | fields))
        except zeep.exceptions.Fault as fault:
            return self.typed(client, fault)
        raise AssertionError(f"{operation} is not refused: {answer}")

    def typed(self, client, fault):
        detail = client.wsdl.types.deserialize(fault.detail[0])
        for text in (detail.message.kk, detail.message.ru, detail.message.en, detail.docUrl, detail.correlationId):
            assert text, detail
        assert detail.message.en == fault.message, fault.message
        assert f"OU=BIN{self.bin('gateway')}" in client.wsse.subject, client.wsse.subject
        return detail, fault.code.split(":")[-1], client.transport.status
