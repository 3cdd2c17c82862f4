"""Breaks the rules as programs of others do; every refusal must be typed, in three languages, and signed.

Usage: refusals.py COUNTRY CAPTURES TOLEM.
"""

import datetime
import sys
from decimal import Decimal

import requests
import xmlsec
import zeep
from stranger import VERSIONS, Country, Signing, now

RECIPIENT = {"number": "850612200017", "name": "Сәрсенова Айгүл"}
SERVICE = "P-0101"
UNKNOWN_CODE = "7291417776317054"

# Whose move it is, in the words of each version of SOAP, and the status of HTTP.
BLAME = {
    ("Soap11", "client"): ("Client", 500),
    ("Soap11", "server"): ("Server", 500),
    ("Soap12", "client"): ("Sender", 400),
    ("Soap12", "server"): ("Receiver", 500),
}


class Unsigned:
    """A program that forgot to sign."""

    def apply(self, envelope, headers):
        return envelope, headers


class Changed(Signing):
    """A message that was changed on its way."""

    def apply(self, envelope, headers):
        envelope, headers = super().apply(envelope, headers)
        [field] = [node for node in envelope.iter() if node.text == SERVICE]
        field.text = "P-0102"
        return envelope, headers


def rules(country, issued):
    """What breaks a rule of business: who, operation, fields; code, whose move, where the money is."""
    ask = {"service": SERVICE, "channel": "internetBank", "recipient": RECIPIENT}
    bind = {"application": "A-1", "service": SERVICE, "recipient": RECIPIENT["number"]}
    late = now() - datetime.timedelta(hours=1)
    return (
        ("bank1", "RequestPaymentCode", ask | {"service": "X-1"}, "TLM-PAY-0004", "client", "notTaken"),
        ("bank1", "RequestPaymentCode", ask | {"amount": Decimal("1.00")}, "TLM-PAY-0003", "client", "notTaken"),
        ("bank1", "RequestPaymentCode", ask | {"sentAt": late}, "TLM-MSG-0004", "client", "none"),
        ("bank1", "RequestPaymentCode", ask | {"sender": country.bin("bank2")}, "TLM-MSG-0006", "client", "none"),
        ("bank1", "BindPaymentCode", bind | {"paymentCode": issued}, "TLM-RGT-0002", "client", "none"),
        ("portal", "BindPaymentCode", bind | {"paymentCode": issued}, "TLM-CODE-0003", "server", "notKnown"),
        ("portal", "BindPaymentCode", bind | {"paymentCode": UNKNOWN_CODE}, "TLM-CODE-0002", "client", "notKnown"),
        ("bank2", "GetPayment", {"paymentCode": issued}, "TLM-CODE-0001", "client", "none"),
        ("national-ca", "ListServices", {}, "TLM-RGT-0001", "client", "none"),
    )


def security(country):
    """What breaks the profile of the signature: how the message is signed; code."""
    bank1, bank2 = country.folder / "bank1", country.folder / "bank2"
    sha1 = {"signature_method": xmlsec.Transform.RSA_SHA1, "digest_method": xmlsec.Transform.SHA1}
    weak = {"digest_method": xmlsec.Transform.SHA1}
    ca = country.national_ca
    return (
        (Unsigned(), "TLM-SIG-0001"),
        (Changed(bank1, ca), "TLM-SIG-0005"),
        (Signing(bank1, ca, **sha1), "TLM-SIG-0007"),
        (Signing(bank1, ca, **weak), "TLM-SIG-0007"),
        (Signing(bank2, ca), "TLM-CRT-0008"),
    )


def check(version, detail, soap, status, code, blame, money):
    assert (detail.code, detail.moneyState) == (code, money), detail
    assert (soap, status) == BLAME[version, blame], (code, soap, status)
    assert detail.retryable is (blame == "server"), detail
    assert bool(detail.retryAfterSeconds) is detail.retryable, detail


def broken_security(country, version):
    """A bank whose program signs in another way each time; the answer is verified all the same."""
    client, port = country.port("bank1", "gateway", version)
    judge = client.wsse
    for signing, code in security(country):
        signing.verify = judge.verify
        client.wsse = signing
        fields = {"service": SERVICE, "channel": "internetBank", "recipient": RECIPIENT}
        try:
            port.RequestPaymentCode(**country.header("bank1"), **fields)
            raise AssertionError(f"{code} does not come")
        except zeep.exceptions.Fault as fault:
            client.wsse = judge
            detail, soap, status = country.typed(client, fault)
        check(version, detail, soap, status, code, "client", "none")


def repeats(country, version):
    """The same message again has the same answer; the same id with other content is refused."""
    fields = {"service": SERVICE, "channel": "internetBank", "recipient": RECIPIENT}
    header = country.header("bank1")
    once = country.ask("bank1", "gateway", version, "RequestPaymentCode", **header, **fields)
    again = country.ask("bank1", "gateway", version, "RequestPaymentCode", **header, **fields)
    assert once.paymentCode == again.paymentCode and once.answeredAt == again.answeredAt, again
    other = header | fields | {"channel": "kiosk"}
    refused = country.refusal("bank1", "gateway", version, "RequestPaymentCode", **other)
    check(version, *refused, "TLM-MSG-0005", "client", "none")
    return once.paymentCode


def no_channel_without_a_certificate(country):
    session = country.session("bank1")
    session.cert = None
    try:
        session.get(country.wsdl("gateway"))
    except (requests.exceptions.SSLError, requests.exceptions.ConnectionError):
        return
    raise AssertionError("a connection without a certificate is served")


def main(folder, captures, _tolem):
    country = Country(folder, captures)
    no_channel_without_a_certificate(country)
    for version in VERSIONS:
        issued = repeats(country, version)
        for who, operation, fields, *expected in rules(country, issued):
            refused = country.refusal(who, "gateway", version, operation, **fields)
            check(version, *refused, *expected)
        broken_security(country, version)
    print(f"{country.said} calls")


main(*sys.argv[1:])
