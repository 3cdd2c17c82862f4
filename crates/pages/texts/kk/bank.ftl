### The bank: internet banking, ATM, kiosk. Their screens and slips.

pay-services = Мемлекеттік электрондық қызметтерді төлеу
ib-title = Интернет-банкинг
ib-signin-title = Банкке кіру
ib-login = Логин
ib-password = Құпиясөз
ib-check-address = Мекенжайды тексеріңіз: { $host }. Банк сертификаты жарамды.
ib-services = Қызметті таңдаңыз
ib-means = Немен төлейсіз?
ib-means-account = Шоттан
ib-means-card = Карточкамен
ib-balance = Қалдық: { $sum }
ib-recipient = Алушының жеке сәйкестендіру нөмірі (ЖСН)
ib-confirm-title = Төлемді растаңыз
ib-confirm = Растау
ib-done-title = Төлем өтті, кодыңыз дайын
ib-copy = Кодты көшіріп алыңыз немесе чекті сақтаңыз.
ib-notice-later = Төлем өтті. Портал код туралы бірнеше минуттан кейін біледі.
ib-history = Төлемдер тарихы

## ATM.

atm-language = Тілді таңдаңыз · Выберите язык · Choose a language
atm-insert-card = Карточканы салыңыз
atm-card-number = Карточка нөмірі
atm-pin = ПИН-кодты енгізіңіз
atm-pin-wrong = ПИН-код дұрыс емес. Қалған әрекет саны: { $left }.
atm-pin-blocked = Карточка бұғатталды. Банкіңізге хабарласыңыз.
atm-menu = Операцияны таңдаңыз
atm-service = Қызметті таңдаңыз
atm-more = Келесі қызметтер
atm-recipient = Алушының ЖСН-ын (жеке сәйкестендіру нөмірін) енгізіңіз
atm-recipient-own = Банктегі нөміріңіз: { $iin }
atm-digits = 12 цифрдың { $count } енгізілді
atm-confirm-title = Төлемді тексеріңіз
atm-confirm = Растау
atm-wait = Күте тұрыңыз: банк төлемді тексеріп жатыр.
atm-done-title = Төлем өтті. Кодты чектен алыңыз.
atm-take-slip = Чекті және карточканы алыңыз.
atm-written-down = Жазып алдым
atm-no-paper = Чек басылмайды: қағаз жоқ. Код экранда көрсетіледі, жалғастырасыз ба?
atm-unknown = Нәтижесі нақтылануда. Төлемді қайталамаңыз.
atm-refused = Төлем өтпеді. Ақша алынған жоқ.
atm-number = Банкомат № { $number }
atm-idle = Тағы уақыт керек пе?

## Kiosk.

kiosk-language = Тілді таңдаңыз · Выберите язык · Choose a language
kiosk-out = Инфокиоск уақытша қолма-қол ақша қабылдамайды.
kiosk-no-change = Инфокиоск қайтарым ақша бермейді. Артық сома чекте жазылады және өтінішіңіз бойынша қайтарылады.
kiosk-service = Қызметті таңдаңыз
kiosk-recipient = Алушының ЖСН-ын (жеке сәйкестендіру нөмірін) енгізіңіз
kiosk-iin-good = ЖСН дұрыс.
kiosk-checking = ЖСН тексерілуде.
kiosk-insert = Ақша салыңыз
kiosk-needed = Керек: { $sum }
kiosk-inserted = Салынды: { $sum }
kiosk-left = Қалды: { $sum }
kiosk-excess = Артық сома: { $sum }
kiosk-note = { $sum } салу
kiosk-confirm = Төлеу
kiosk-done-title = Төлем өтті. Чекті алыңыз.
kiosk-unknown-title = Ақша қабылданды, код кейін беріледі
kiosk-unknown-about = Чекті сақтаңыз: код талап нөмірі бойынша порталда және халыққа қызмет көрсету орталығында беріледі.
kiosk-claim-number = Талап нөмірі: { $number }
kiosk-number = Инфокиоск № { $number }
kiosk-return = Ақшаны қайтарып алу
kiosk-returned = Ақша қайтарылды: { $sum }. Төлем жасалған жоқ.
kiosk-idle = Тағы уақыт керек пе?
kiosk-hotline = Анықтама: 1414
slip-result-paid = ТӨЛЕМ ӨТТІ
slip-result-refused = ТӨЛЕМ ӨТПЕДІ, АҚША АЛЫНҒАН ЖОҚ
slip-result-unknown = НӘТИЖЕСІ НАҚТЫЛАНУДА, ҚАЙТА ТӨЛЕМЕҢІЗ
slip-authorisation = Авторизация: { $result }
slip-keep = Чекті сақтаңыз: код қызмет алу үшін керек.
