### The portal: sign-in, catalogue, method, for whom, code, cabinet; the service-centre desk; the access point.

signin-title = Sign in to the portal
signin-how = How do you want to sign in?
signin-by-certificate = By certificate (file or token)
signin-by-certificate-about = You need a key issued by the National Certification Authority.
signin-by-qr = By QR with the eGov mobile app
signin-by-password = By IIN and password
signin-password = Password
signin-button = Sign in
signin-certificate-button = Sign in by certificate
signin-access-point = This is a shared computer: sign in by password only, no code is kept.
signout-done = You have signed out.
signout-done-about = The connection is closed. On a shared computer close the browser.
catalogue-title = Services
catalogue-search = Search for a service
catalogue-nearest = Similar services
catalogue-none = There is no list of services yet. Refresh the page in a minute.
catalogue-time = Time it takes
catalogue-order = Order
catalogue-days =
    { $days ->
        [one] { $days } working day
       *[other] { $days } working days
    }
method-title = How do you want to pay?
method-last-used = chosen last time
method-fee = Bank’s commission: { $fee }
method-no-fee = No commission
forwhom-title = Who is the service for?
forwhom-me = For me ({ $name })
forwhom-other = For another person or an organisation
forwhom-number = Recipient’s IIN or BIN
forwhom-number-hint = 12 digits. The IIN (individual identification number) is on the identity card.
forwhom-name = Recipient’s full name
order-check-title = Check your order
order-pay = Go to payment
order-separate-title = Paying elsewhere
order-separate-about = Pay with these details at internet banking, an ATM or a kiosk, then enter the code here.
code-title = Enter the payment code
code-hint = The 16 digits on the receipt. Spaces may stay.
code-button = Check the code
code-lost = I have lost my code
code-accepted-title = The payment is tied to your application
code-accepted-about = You will receive the service under this number.
code-find-title = Find my code
code-find-about = Your unused codes are listed below.
order-service-button = Order the service
order-code-counted = The payment code is counted in automatically.
cabinet-title = Personal cabinet
cabinet-orders = My applications
cabinet-payments = My payments and receipts
cabinet-documents = My documents
cabinet-open = Open
cabinet-receipt = Receipt
cabinet-unused-codes = Unused codes
order-state-waiting-payment = Waiting for payment
order-state-paid = Paid, ready to order
order-state-ordered = In preparation
order-state-delivered = Ready
order-state-failed = Not rendered, the code is free again
order-state-cancelled = Cancelled
document-title = Document
document-ready = The document is ready
document-ready-about = You can open it in your cabinet, save or print it.
document-not-yet = The document is being prepared.

## The service-centre desk.

desk-title = Check a payment code
desk-code = Payment code: scan or type it
desk-service = Service the applicant asks for
desk-check = Check
desk-result-good = Paid. Check the document.
desk-result-wait = Not confirmed by the bank yet
desk-result-bad = No service under this code
desk-paid-when = When and how it was paid
desk-ticket-until = The permission must be used { $until }
desk-ticket-expired = The permission has expired and nothing was closed. Check the code again.
desk-tick-document = The identity card is checked
desk-tick-face = The face matches the photograph
desk-close = Close the payment
desk-sure-title = Close it for certain?
desk-sure-about = Recipient: { $name }. This cannot be undone.
desk-refuse = Refuse and record the reason
desk-refuse-reason = Reason for the refusal
desk-refuse-other-person = The document is somebody else’s
desk-refuse-document = The document is not valid
desk-refused = The refusal is recorded, the code is not used.
desk-done = The payment is closed
desk-done-about = Application accepted: { $application }. Operator: { $operator }.
desk-term = Ready: { $date }
desk-next = Next code
desk-used-by-other = This code was closed at another desk: { $place }.
desk-comeback = Tell the citizen: the money is safe. Come back { $after }.
desk-portal-down = The portal cannot be reached. Payments are closed on line only: give a queue number.
desk-recorded = Every check is recorded: it reveals a person’s name.
