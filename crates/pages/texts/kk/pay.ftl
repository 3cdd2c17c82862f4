### The gateway's pages: card, account, waiting, result, receipt, verification, UDDI, consoles.

pay-title = Төлем
pay-card-title = Карточкамен төлеу
pay-what = Не үшін
pay-for-whom = Кімге
pay-card-number = Карточка нөмірі
pay-card-number-hint = Карточканың бетіндегі цифрлар. Бос орындарды қалдыруға болады.
pay-card-expiry = Карточканың мерзімі
pay-card-expiry-hint = Айы және жылы, мысалы 08/29
pay-card-code = Қауіпсіздік коды
pay-card-code-hint = Карточканың артындағы 3 цифр
pay-button = { $sum } төлеу
pay-cancel = Төлемнен бас тарту
pay-test-cards = Сынақ карточкалары
pay-check-title = Банктің тексеруі
pay-check-code = Банк жіберген бір реттік код
pay-bank-title = Банкті таңдаңыз
pay-bank-search = Банкті іздеу
pay-account-title = Шот нөмірі
pay-account-number = Шоттың нөмірі (IBAN)
pay-account-hint = KZ әріптерінен басталатын 20 таңба
pay-phone = Банк растауы үшін телефон (міндетті емес)
pay-review-title = Төлемді тексеріңіз
pay-wait-title = Банк төлемді тексеріп жатыр
pay-wait-refresh = Нәтижені қарау
pay-result-paid = Төлем өтті
pay-result-refused = Төлем өтпеді
pay-result-unknown = Нәтижесі әлі белгісіз
pay-result-cancelled = Төлем тоқтатылды
pay-do-not-repeat = Қайта төлемеңіз: код сақталды.
pay-code-comes = Код нәтижемен бірге кабинетке келеді.
pay-next = Ары қарай: қызметке тапсырыс беріңіз.
pay-keep-code = Кодты сақтаңыз: ол қызметке портал немесе халыққа қызмет көрсету орталығы арқылы тапсырыс беру үшін керек.
pay-code-in-cabinet = Код пен чек порталдағы кабинетіңізде.
pay-to-cabinet = Жеке кабинетке оралу
pay-to-portal = Порталға оралу
pay-other-methods = Басқа тәсілмен төлеу
pay-try-again = Қайталап көру
receipt-title = Электрондық чек
receipt-view = Чекті көру
receipt-save = Чекті сақтау (PDF)
receipt-xml = Қол қойылған чек (XML)
receipt-qr = Чекті тексеру мекенжайы бар QR-код
receipt-used = Код { $on } пайдаланылды
receipt-unused = Код пайдаланылған жоқ
receipt-not-ready = Чек төлем расталғаннан кейін шығады.
verify-title = Чекті тексеру
verify-genuine = Чек түпнұсқа
verify-false = Мұндай чек жоқ
verify-about = Бұл бетте жеке деректер көрсетілмейді.

## UDDI.

uddi-title = Веб-қызметтер тізілімі (UDDI)
uddi-about = Дәл осы мәліметтер UDDI 3 сұрау интерфейсі арқылы беріледі.
uddi-business = Ұйым
uddi-service = Қызмет
uddi-binding = Қол жеткізу нүктесі
uddi-tmodel = Сипаттама (tModel)
uddi-wsdl = WSDL сипаттамасы
uddi-key = Кілті

## Consoles.

