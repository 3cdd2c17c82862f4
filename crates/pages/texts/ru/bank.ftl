### The bank: internet banking, ATM, kiosk. Their screens and slips.

pay-services = Оплата государственных электронных услуг
ib-title = Интернет-банкинг
ib-signin-title = Вход в банк
ib-login = Логин
ib-password = Пароль
ib-check-address = Проверьте адрес: { $host }. Сертификат банка действителен.
ib-services = Выберите услугу
ib-means = Чем вы заплатите?
ib-means-account = Со счёта
ib-means-card = С карточки
ib-balance = Остаток: { $sum }
ib-recipient = Индивидуальный идентификационный номер (ИИН) получателя
ib-confirm-title = Подтвердите платёж
ib-confirm = Подтвердить
ib-done-title = Оплата прошла, код готов
ib-copy = Скопируйте код или сохраните чек.
ib-notice-later = Оплата прошла. Портал узнает о коде через несколько минут.
ib-history = История платежей

## ATM.

atm-language = Тілді таңдаңыз · Выберите язык · Choose a language
atm-insert-card = Вставьте карточку
atm-card-number = Номер карточки
atm-pin = Введите ПИН-код
atm-pin-wrong = Неверный ПИН-код. Осталось попыток: { $left }.
atm-pin-blocked = Карточка заблокирована. Обратитесь в свой банк.
atm-menu = Выберите операцию
atm-service = Выберите услугу
atm-more = Ещё услуги
atm-recipient = Введите ИИН (индивидуальный идентификационный номер) получателя
atm-recipient-own = Ваш номер в банке: { $iin }
atm-digits = Введено { $count } из 12 цифр
atm-confirm-title = Проверьте платёж
atm-confirm = Подтвердить
atm-wait = Подождите: банк проверяет платёж.
atm-done-title = Оплата прошла. Код на чеке.
atm-take-slip = Заберите чек и карточку.
atm-written-down = Записал(а)
atm-no-paper = Чек не напечатается: нет бумаги. Код будет показан на экране, продолжить?
atm-unknown = Результат уточняется. Не повторяйте платёж.
atm-refused = Оплата не прошла. Деньги не списаны.
atm-number = Банкомат № { $number }
atm-idle = Нужно ещё время?

## Kiosk.

kiosk-language = Тілді таңдаңыз · Выберите язык · Choose a language
kiosk-out = Инфокиоск временно не принимает наличные.
kiosk-no-change = Инфокиоск сдачу не выдаёт. Лишняя сумма будет на чеке и вернётся по вашему заявлению.
kiosk-service = Выберите услугу
kiosk-recipient = Введите ИИН (индивидуальный идентификационный номер) получателя
kiosk-iin-good = ИИН верен.
kiosk-checking = ИИН проверяется.
kiosk-insert = Вносите деньги
kiosk-needed = Нужно: { $sum }
kiosk-inserted = Внесено: { $sum }
kiosk-left = Осталось: { $sum }
kiosk-excess = Лишняя сумма: { $sum }
kiosk-note = Внести { $sum }
kiosk-confirm = Оплатить
kiosk-done-title = Оплата прошла. Возьмите чек.
kiosk-unknown-title = Деньги приняты, код придёт позже
kiosk-unknown-about = Сохраните чек: код выдадут по номеру обращения на портале и в центре обслуживания населения.
kiosk-claim-number = Номер обращения: { $number }
kiosk-number = Инфокиоск № { $number }
kiosk-return = Вернуть деньги
kiosk-returned = Деньги возвращены: { $sum }. Платежа не было.
kiosk-idle = Нужно ещё время?
kiosk-hotline = Справка: 1414
slip-result-paid = ОПЛАТА ПРОШЛА
slip-result-refused = ОТКАЗ, ДЕНЬГИ НЕ СПИСАНЫ
slip-result-unknown = РЕЗУЛЬТАТ УТОЧНЯЕТСЯ, НЕ ПЛАТИТЕ ПОВТОРНО
slip-authorisation = Авторизация: { $result }
slip-keep = Сохраните чек: код нужен, чтобы получить услугу.
