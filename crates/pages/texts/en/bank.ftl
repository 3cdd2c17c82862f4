### The bank: internet banking, ATM, kiosk. Their screens and slips.

pay-services = Pay for e-government services
ib-title = Internet banking
ib-signin-title = Sign in to the bank
ib-login = User name
ib-password = Password
ib-check-address = Check the address: { $host }. The bank’s certificate is valid.
ib-services = Choose a service
ib-means = What do you pay with?
ib-means-account = From an account
ib-means-card = By card
ib-balance = Balance: { $sum }
ib-recipient = Recipient’s individual identification number (IIN)
ib-confirm-title = Confirm the payment
ib-confirm = Confirm
ib-done-title = Paid, here is your code
ib-copy = Copy the code or save the receipt.
ib-notice-later = Paid. The portal will learn of the code in a few minutes.
ib-history = Payment history

## ATM.

atm-language = Тілді таңдаңыз · Выберите язык · Choose a language
atm-insert-card = Insert your card
atm-card-number = Card number
atm-pin = Enter your PIN
atm-pin-wrong = The PIN is wrong. Tries left: { $left }.
atm-pin-blocked = The card is blocked. Contact your bank.
atm-menu = Choose an operation
atm-service = Choose a service
atm-more = More services
atm-recipient = Enter the recipient’s IIN (individual identification number)
atm-recipient-own = Your number at the bank: { $iin }
atm-digits = { $count } of 12 digits entered
atm-confirm-title = Check the payment
atm-confirm = Confirm
atm-wait = Wait: the bank is checking the payment.
atm-done-title = Paid. Take the slip with your code.
atm-take-slip = Take the slip and your card.
atm-written-down = I have written it down
atm-no-paper = No slip can be printed: there is no paper. The code will be shown on the screen, go on?
atm-unknown = The result is being checked. Do not pay again.
atm-refused = Payment refused. No money has been taken.
atm-number = ATM no. { $number }
atm-idle = Do you need more time?

## Kiosk.

kiosk-language = Тілді таңдаңыз · Выберите язык · Choose a language
kiosk-out = The kiosk takes no cash at the moment.
kiosk-no-change = The kiosk gives no change. Any excess is written on the slip and returned on application.
kiosk-service = Choose a service
kiosk-recipient = Enter the recipient’s IIN (individual identification number)
kiosk-iin-good = The IIN is right.
kiosk-checking = The IIN is being checked.
kiosk-insert = Insert money
kiosk-needed = Needed: { $sum }
kiosk-inserted = Inserted: { $sum }
kiosk-left = Left: { $sum }
kiosk-excess = Excess: { $sum }
kiosk-note = Insert { $sum }
kiosk-confirm = Pay
kiosk-done-title = Paid. Take the slip.
kiosk-unknown-title = Cash taken, the code will come later
kiosk-unknown-about = Keep the slip: the code is given by the claim number at the portal and at a public service centre.
kiosk-claim-number = Claim number: { $number }
kiosk-number = Kiosk no. { $number }
kiosk-return = Give my money back
kiosk-returned = Money returned: { $sum }. No payment was made.
kiosk-idle = Do you need more time?
kiosk-hotline = Help: 1414
slip-result-paid = PAID
slip-result-refused = REFUSED, NO MONEY TAKEN
slip-result-unknown = RESULT BEING CHECKED, DO NOT PAY AGAIN
slip-authorisation = Authorisation: { $result }
slip-keep = Keep this slip: the code is needed to get the service.
