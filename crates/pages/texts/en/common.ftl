### The shell around every page, the words of the field, money, states.

skip-link = Skip to main content
language-switch = Language
signed-in-as = Signed in: { $name }
sign-out = Sign out
demo-banner = Demonstration: no real money and no real data are used.
help-line = Help: contact centre 1414, day and night, free of charge.
error-prefix = Error:
error-summary-title = There is a problem
button-continue = Continue
button-back = Back
button-cancel = Cancel
button-change = Change
button-refresh = Refresh
button-print = Print
button-save = Save
button-download-pdf = Download PDF
button-search = Search
button-yes = Yes
button-no = No
to-main-page = To the main page
none-yet = Nothing here yet.
message-code = Message code: { $code }
reference-number = Reference: { $id }

## Names of sites.

site-portal = E-government portal
site-gateway = E-government payment page
site-gateway-console = Payment gateway console
site-desk = Public service centre desk
site-access-point = Public access point
site-bank = { $bank }: internet banking
site-atm = ATM
site-kiosk = Kiosk
site-national-ca = National Certification Authority
site-tax-registry = Registry of individual identification numbers
site-service-bus = E-government gateway

## Words: one meaning each. The acronym stands in brackets after its full name.

word-payment-code = Payment code
full-payment-code = unique payment code
short-payment-code = UPC
full-iin = individual identification number
short-iin = IIN
full-bin = business identification number
short-bin = BIN
full-signature = digital signature
short-signature = EDS
full-service-centre = public service centre
short-service-centre = PSC
full-access-point = public access point
short-access-point = PAP
label-iin = Individual identification number (IIN)
label-bin = Business identification number (BIN)
label-iin-or-bin = IIN or BIN (individual or business identification number)
label-full-name = Full name
label-payer = Payer
label-recipient = Recipient
label-applicant = Applicant
label-application-number = Application number
label-account-number = Account number
label-transaction-number = Transaction number
label-bank-reference = Bank’s transaction reference
label-amount = Amount
label-commission = Bank’s commission
label-total = Total
label-price = Price
label-date = Date
label-date-time = Date and time
label-method = Way of payment
label-service = Service
label-service-code = Service code
label-provider = Service provider
label-bank = Bank
label-beneficiary = Beneficiary
label-purpose = Purpose of payment
label-state = State
label-place = Place
label-identity-card = Identity card
label-certificate = Certificate
label-valid-until = Valid until
word-receipt = Electronic receipt
word-prepayment = Prepayment
word-signature = Digital signature
word-register = Payment register
word-claim = Claim for reimbursement
word-crl = Certificate revocation list
word-group = Group
word-rights = Rights
word-allowed-actions = Allowed actions
word-national-operator = National operator
word-gateway-operator = Gateway operator

## Where the money is: five answers and no other.

money-paid = The payment went through and the code is ready to use.
money-not-taken = The payment did not go through. No money has been taken.
money-unknown = It is not known yet whether the payment went through. We will know { $until }.
money-used = The payment went through and the code has been used.
money-no-code = There is no such code.
badge-paid = paid
badge-not-paid = not paid
badge-unknown = not known yet
badge-used = paid and used
badge-no-code = no such code

## States of a payment code, as people see them.

state-issued = Issued, waiting for payment
state-void = Void, not paid
state-paid = Paid
state-disputed = Under review: the payment differs from the order
state-bound = Tied to an application
state-closed = Used
state-reversed = Reversed by the bank
state-refunded = The refund is granted; the bank gives the money back
attempt-opened = Payment page opened
attempt-asked = The bank has been asked
attempt-confirmed = Confirmed by the bank
attempt-declined = Declined by the bank
attempt-unknown = The bank’s answer is not known

## The five ways to pay, short, and the sixth door.

method-card = Card
method-card-about = At once. You need the card’s number, expiry date and code.
method-bankAccount = Bank account
method-bankAccount-about = Usually within a minute. You need the account number.
method-internetBank = Internet or mobile banking
method-internetBank-about = You pay at your bank’s site and come back with the code.
method-atm = ATM
method-atm-about = You pay by card and get the code on the slip.
method-kiosk = Kiosk
method-kiosk-about = You pay in cash and get the code on the slip.
method-code = I have a payment code (prepayment)
method-code-about = If you have already paid.
