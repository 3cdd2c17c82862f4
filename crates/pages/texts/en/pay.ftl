### The gateway's pages: card, account, waiting, result, receipt, verification, UDDI, consoles.

pay-title = Payment
pay-card-title = Pay by card
pay-what = What for
pay-for-whom = For whom
pay-card-number = Card number
pay-card-number-hint = The digits on the card. Spaces may stay.
pay-card-expiry = Expiry date
pay-card-expiry-hint = Month and year, for example 08/29
pay-card-code = Security code
pay-card-code-hint = The 3 digits on the back of the card
pay-button = Pay { $sum }
pay-cancel = Cancel the payment
pay-test-cards = Test cards
pay-check-title = Check by your bank
pay-check-code = One-time code from your bank
pay-bank-title = Choose your bank
pay-bank-search = Search for a bank
pay-account-title = Account number
pay-account-number = Account number (IBAN)
pay-account-hint = 20 characters, starting with KZ
pay-phone = Telephone for the bank’s confirmation (optional)
pay-review-title = Check the payment
pay-wait-title = Your bank is checking the payment
pay-wait-refresh = See the result
pay-result-paid = Payment successful
pay-result-refused = Payment refused
pay-result-unknown = The result is not known yet
pay-result-cancelled = Payment cancelled
pay-do-not-repeat = Do not pay again: the code is kept.
pay-code-comes = The code will come to your cabinet with the result.
pay-next = Next: order the service.
pay-keep-code = Keep the code: you need it to order the service at the portal or at a public service centre.
pay-code-in-cabinet = The code and the receipt are in your cabinet at the portal.
pay-to-cabinet = Back to your cabinet
pay-to-portal = Back to the portal
pay-other-methods = Pay another way
pay-try-again = Try again
receipt-title = Electronic receipt
receipt-view = View the receipt
receipt-save = Save the receipt (PDF)
receipt-xml = Signed receipt (XML)
receipt-qr = QR code with the address that verifies the receipt
receipt-used = The code was used { $on }
receipt-unused = The code has not been used
receipt-not-ready = The receipt will appear once the payment is confirmed.
verify-title = Verify a receipt
verify-genuine = The receipt is genuine
verify-false = There is no such receipt
verify-about = This page shows no personal data.

## UDDI.

uddi-title = Registry of web services (UDDI)
uddi-about = The UDDI version 3 inquiry interface gives the same data.
uddi-business = Business
uddi-service = Service
uddi-binding = Access point
uddi-tmodel = Description (tModel)
uddi-wsdl = WSDL description
uddi-key = Key

## Consoles.

