"""Calls every operation of every service, over SOAP 1.1 and 1.2, as the participant that is entitled to it.

Usage: operations.py COUNTRY CAPTURES TOLEM. TOLEM is the binary; it only makes an agency's system slow.
"""

import datetime
import hashlib
import json
import secrets
import subprocess
import sys
import time
import uuid
from decimal import Decimal

from lxml import etree, html
from stranger import SERVICES, VERSIONS, Country, now
from zeep.helpers import serialize_object

RECIPIENT = {"number": "850612200017", "name": "Сәрсенова Айгүл"}
PAYER = {"number": "790304100022", "name": "Петров Иван"}
OPERATOR = {"iin": "880101200044", "name": "Ахметова Дана", "centre": "ЦОН № 1, Алматы"}
SERVICE = "P-0101"
# How each bank is paid, and an account of the recipient there.
KINDS = {"bank1": ("internetBank", "KZ770000000000000001"), "bank2": ("kiosk", "KZ600010000000000001")}


class Talk:
    """One conversation in one version of SOAP, by one of the banks where a bank takes part."""

    def __init__(self, country, version, bank):
        self.country, self.version, self.bank = country, version, bank
        [self.offer] = [s for s in self.ask(bank, "gateway", "ListServices").service if s.code == SERVICE]
        assert self.offer.eService is True and self.offer.price == Decimal("1725.00"), self.offer

    def ask(self, participant, service, operation, /, **fields):
        return self.country.ask(participant, service, self.version, operation, **fields)

    def number(self, prefix):
        return f"{prefix}-{uuid.uuid4().hex[:16]}"

    def code(self):
        """A code that a bank asked for."""
        channel = KINDS[self.bank][0]
        issued = self.ask(
            self.bank, "gateway", "RequestPaymentCode",
            service=SERVICE, amount=self.offer.price, channel=channel, recipient=RECIPIENT, payer=PAYER,
        )  # fmt: skip
        assert issued.amount == self.offer.price and issued.beneficiary.iban == self.offer.beneficiary.iban, issued
        return issued.paymentCode

    def requisites(self):
        where = self.offer.beneficiary
        return {
            "payer": PAYER, "recipient": RECIPIENT, "service": SERVICE, "provider": self.offer.provider,
            "amount": self.offer.price, "commission": Decimal("20.00"),
            "beneficiaryIban": where.iban, "beneficiaryBic": where.bic, "kbk": where.kbk, "knp": where.knp,
            "kod": "19", "kbe": where.kbe, "purpose": where.purpose, "bankReference": self.number("REF"),
            "paidAt": now(), "channel": KINDS[self.bank][0],
        }  # fmt: skip

    def paid(self):
        """A code that a bank asked for and said to be paid."""
        code, requisites = self.code(), self.requisites()
        told = self.ask(self.bank, "gateway", "NotifyPayment", paymentCode=code, requisites=requisites)
        assert told.outcome == "accepted" and told.information.kk, told
        return code, requisites

    def life_of_a_code(self):
        code, requisites = self.paid()
        seen = self.ask(self.bank, "gateway", "GetPayment", paymentCode=code).payment
        assert (seen.state, seen.requisites.bankReference) == ("paid", requisites["bankReference"]), seen
        receipt = self.ask(self.bank, "gateway", "GetReceipt", paymentCode=code)
        assert receipt.transactionNumber == seen.transactionNumber and receipt.pdf.startswith(b"%PDF"), receipt
        (self.country.captures / f"{self.version}.{self.bank}.receipt").write_bytes(receipt.document)

        application = self.number("A")
        bound = self.ask(
            "portal", "gateway", "BindPaymentCode",
            application=application, recipient=RECIPIENT["number"], service=SERVICE, paymentCode=code,
        )  # fmt: skip
        assert bound.payer.name == PAYER["name"], bound
        freed = self.ask(
            "portal", "gateway", "ReleasePaymentCode",
            paymentCode=code, application=application, reason="the agency's system is out of order",
        )  # fmt: skip
        assert freed.state == "paid", freed
        looked = self.ask(
            "portal", "gateway", "InquirePaymentCode", paymentCode=code, service=SERVICE, operator=OPERATOR
        )
        assert looked.recipient.name == RECIPIENT["name"], looked
        closed = self.ask(
            "portal", "gateway", "ClosePayment",
            paymentCode=code, basis="desk", ticket=looked.ticket, operator=OPERATOR,
        )  # fmt: skip
        assert closed.state == "closed", closed

    def life_of_money_that_goes_back(self):
        code, requisites = self.paid()
        gone = self.ask(
            self.bank, "gateway", "ReversePayment",
            paymentCode=code, bankReference=requisites["bankReference"], amount=requisites["amount"],
            reversedAt=now(), reason="the client asked for it",
        )  # fmt: skip
        assert (gone.outcome, gone.state) == ("reversed", "reversed"), gone
        void = self.ask(
            self.bank, "gateway", "CancelPaymentCode", paymentCode=self.code(), reason="insufficient funds"
        )
        assert void.state == "void", void

    def card_page(self):
        """A page that the portal opens; the token is the last part of its address."""
        application = self.number("A")
        issued = self.ask(
            "portal", "gateway", "RequestPaymentCode",
            service=SERVICE, channel="card", recipient=RECIPIENT, payer=PAYER, application=application,
        )  # fmt: skip
        page = self.ask(
            "portal", "gateway", "OpenPaymentPage",
            channel="card", paymentCode=issued.paymentCode, service=SERVICE, recipient=RECIPIENT, payer=PAYER,
            amount=self.offer.price, application=application, language="kk",
        )  # fmt: skip
        return page.url.rsplit("/", 1)[1]

    def life_of_a_card_page(self):
        token, browser = self.card_page(), secrets.token_hex(32)
        shown = self.ask("card", "card", "LookUpCardPayment", token=token, browser=browser)
        assert (shown.state, shown.amount) == ("open", self.offer.price), shown
        begun = self.ask(
            "card", "card", "BeginCardPayment", token=token, browser=browser, bank=self.country.bin(self.bank)
        )
        assert begun.payer.name == PAYER["name"], begun
        ended = self.ask(
            "card", "card", "ConcludeCardPayment",
            attempt=begun.attempt, outcome="declined", responseCode="51", at=now(),
        )  # fmt: skip
        assert ended.state == "declined", ended
        token = self.card_page()
        self.ask("card", "card", "LookUpCardPayment", token=token, browser=browser)
        left = self.ask("card", "card", "CancelCardPayment", token=token, browser=browser)
        assert left.state == "cancelled" and left.returnUrl.startswith("https://"), left

    def life_of_an_account_payment(self):
        # zeep marks objects of its own with xsi:type, and plain values not; both must do.
        where = self.offer.beneficiary if self.version == "Soap12" else serialize_object(self.offer.beneficiary, dict)
        attempt = self.number("AT")
        debited = self.ask(
            "gateway", self.bank, "DebitAccount",
            attempt=attempt, account=KINDS[self.bank][1], payer=RECIPIENT, recipient=RECIPIENT, service=SERVICE,
            provider=self.offer.provider, amount=self.offer.price, beneficiary=where,
        )  # fmt: skip
        assert debited.outcome == "debited", debited
        known = self.ask("gateway", self.bank, "InquireAttempt", attempt=attempt)
        assert (known.state, known.bankReference) == ("debited", debited.bankReference), known
        back = self.ask(
            "gateway", self.bank, "RefundPayment",
            paymentCode=self.code(), bankReference=debited.bankReference, amount=self.offer.price,
            reason="the amount differs from the order",
        )  # fmt: skip
        assert back.outcome == "refunded", back
        # The day before has no payments in the books of a country that is minutes old.
        day, books = "2026-01-01", {"count": 0, "total": Decimal("0.00")}
        kept = self.ask("gateway", self.bank, "AcceptRegister", day=day, **books, document=b"<register/>")
        assert kept.count == 0 and "manifest" in kept.reason, kept
        claim = {
            "bank": self.country.bin(self.bank), "day": day, "returnedCount": 0, "returnedTotal": Decimal("0.00"),
            "fee": Decimal("0.00"), "item": [],
        }  # fmt: skip
        nothing = {"claim": self.number("C"), **claim, **books, "due": Decimal("0.00")}
        assert self.ask("gateway", self.bank, "AcceptClaim", **nothing).answer == "accepted"
        one = {"claim": self.number("C"), **claim, "count": 1, "total": Decimal("1725.00"), "due": Decimal("1725.00")}
        other = self.ask("gateway", self.bank, "AcceptClaim", **one)
        assert other.answer == "disputed" and other.reason, other
        one["item"] = [
            {"paymentCode": self.code(), "bankReference": self.number("REF"), "amount": one["total"], "kind": "payment"}
        ]
        one["claim"] = self.number("C")
        unknown = self.ask("gateway", self.bank, "AcceptClaim", **one)
        assert [item.why for item in unknown.disputed] == ["unknown"], unknown

    def life_of_the_operators_account(self):
        where = self.offer.beneficiary if self.version == "Soap12" else serialize_object(self.offer.beneficiary, dict)
        refused = self.ask(
            "gateway", self.bank, "PayProvider",
            payout=self.number("P"), amount=Decimal("9999999.00"), beneficiaryName="Министерство юстиции",
            beneficiary=where, kod="17",
        )  # fmt: skip
        assert refused.outcome == "refused" and refused.reason, refused
        statement = self.ask("gateway", self.bank, "GetStatement", day="2026-01-01", page=1)
        assert (statement.count, statement.isLast, statement.isFinal) == (0, True, True), statement
        document = etree.fromstring(statement.document)
        assert etree.QName(document).namespace.endswith("camt.053.001.08"), document
        register = self.ask("gateway", self.bank, "GetBankRegister", day="2026-01-01", page=1)
        assert (register.count, register.isLast, list(register.row)) == (0, True, []), register

    def the_rows_of_a_register(self, tolem):
        self.paid()
        day, own = (now() + datetime.timedelta(hours=5)).date(), self.country.bin(self.bank)
        form = [tolem, "register", "form", "--day", str(day), "--json"]
        form += ["--config", str(self.country.folder / "gateway" / "config.toml")]
        printed = subprocess.run(form, check=True, capture_output=True, text=True).stdout
        [formed] = [one for one in map(json.loads, printed.splitlines()) if one["party"] == f"bank:{own}"]
        part = self.ask(
            self.bank, "gateway", "GetRegister", bank=own, day=day, revision=formed["revision"], after=0
        )
        assert part.isLast and hashlib.sha256(part.part).hexdigest() == formed["sha256"], formed
        rows = etree.fromstring(part.part).findall("{*}row")
        assert len(rows) == formed["additions"] + formed["deductions"], formed

    def what_the_registry_and_the_bus_say(self):
        told = self.ask(self.bank, "tax-registry", "CheckIin", iin=RECIPIENT["number"])
        assert told.valid is True and told.name == RECIPIENT["name"], told
        nobody = self.ask("portal", "tax-registry", "CheckIin", iin="850612200018")
        assert nobody.valid is False and nobody.name is None, nobody
        taken = self.ask(
            "portal", "service-bus", "OrderService",
            application=self.number("A"), payer=PAYER["number"], recipient=RECIPIENT, service=SERVICE,
        )  # fmt: skip
        assert taken.accepted is True, taken

    def what_the_portal_is_told(self):
        code, requisites = self.paid()
        self.ask(
            "gateway", "portal", "PaymentNotified",
            event="paid", paymentCode=code, service=SERVICE, recipient=RECIPIENT, payer=PAYER,
            amount=self.offer.price, paidAt=requisites["paidAt"], channel=requisites["channel"],
            transactionNumber=self.number("T"), bankReference=requisites["bankReference"],
            receiptUrl=self.country.url(1) + "/r/example",
        )  # fmt: skip
        citizen = Citizen(self.country)
        application = citizen.order(code)
        self.ask(
            "service-bus", "portal", "DocumentDelivered",
            application=application, outcome="delivered", document=b"%PDF-1.7 ours", fileName="extract.pdf",
        )  # fmt: skip
        assert citizen.get(f"/orders/{application}/document").content == b"%PDF-1.7 ours"


class Citizen:
    """A person at the portal's pages: an order must exist before its document can be delivered."""

    def __init__(self, country):
        self.session, self.origin = country.session("portal"), country.url(0)
        self.session.cert = None
        self.get("/sign-in")
        self.send("sign-in", iin=RECIPIENT["number"], password="demo")

    def get(self, path):
        self.page = self.session.get(self.origin + path)
        assert self.page.status_code == 200, (path, self.page.status_code, self.page.text)
        return self.page

    def send(self, form, **fields):
        shown = html.fromstring(self.page.text, base_url=self.page.url)
        [form] = shown.xpath("//form[@id=$id]", id=form)
        hidden = {field.name: field.value for field in form.xpath(".//input[@type='hidden']")}
        form.make_links_absolute()
        self.page = self.session.post(form.action, data=hidden | fields, headers={"Origin": self.origin})
        assert self.page.status_code == 200, (form.action, self.page.status_code, self.page.text)

    def mark(self, name, value):
        return html.fromstring(self.page.text).xpath(f"string(//*[@id=$id]/@data-{value})", id=name)

    def order(self, code):
        """Orders the prepaid service; returns when the portal has tied the code to the order."""
        self.get(f"/order?service={SERVICE}")
        self.send("order", for_whom="self", way="prepaid", recipient="", recipient_name="")
        application = self.mark("application", "application")
        self.send("code", code=code)
        for _ in range(100):
            self.get(f"/orders/{application}")
            if self.mark("result", "result") == "ordered":
                return application
            time.sleep(0.1)
        raise AssertionError(self.page.text)


def main(folder, captures, tolem):
    country = Country(folder, captures)
    slow = [tolem, "agency", SERVICE, "late", "--config", str(country.folder / "service-bus" / "config.toml")]
    subprocess.run(slow, check=True, capture_output=True)
    for version in VERSIONS:
        for bank in KINDS:
            talk = Talk(country, version, bank)
            talk.life_of_a_code()
            talk.life_of_money_that_goes_back()
            talk.life_of_a_card_page()
            talk.life_of_an_account_payment()
            talk.life_of_the_operators_account()
            talk.the_rows_of_a_register(tolem)
            talk.what_the_registry_and_the_bus_say()
            talk.what_the_portal_is_told()
        bind = {"application": "A-1", "recipient": RECIPIENT["number"], "service": SERVICE}
        unknown = bind | {"paymentCode": "7291417776317054"}
        refused, *_ = country.refusal("portal", "gateway", version, "BindPaymentCode", **unknown)
        assert refused.code == "TLM-CODE-0002", refused
    schemas = {name for _, name, _ in SERVICES.values()} | {"common"}
    for name in schemas:
        served = country.session("bank1").get(f"{country.url(10)}/ws/v1/{name}.xsd")
        assert served.status_code == 200 and etree.fromstring(served.content).tag.endswith("}schema"), name
        (country.captures / f"{name}.xsd").write_bytes(served.content)
    print(f"{country.said} calls")


main(*sys.argv[1:])
