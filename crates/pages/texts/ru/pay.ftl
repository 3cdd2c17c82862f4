### The gateway's pages: card, account, waiting, result, receipt, verification, UDDI, consoles.

pay-title = Оплата
pay-card-title = Оплата карточкой
pay-what = За что
pay-for-whom = Для кого
pay-card-number = Номер карточки
pay-card-number-hint = Цифры на карточке. Пробелы можно оставить.
pay-card-expiry = Срок действия карточки
pay-card-expiry-hint = Месяц и год, например 08/29
pay-card-code = Код безопасности
pay-card-code-hint = 3 цифры на обороте карточки
pay-button = Оплатить { $sum }
pay-cancel = Отменить оплату
pay-test-cards = Тестовые карточки
pay-check-title = Проверка банка
pay-check-code = Одноразовый код от банка
pay-bank-title = Выберите банк
pay-bank-search = Поиск банка
pay-account-title = Номер счёта
pay-account-number = Номер счёта (IBAN)
pay-account-hint = 20 знаков, начинается с KZ
pay-phone = Телефон для подтверждения банком (не обязательно)
pay-review-title = Проверьте платёж
pay-wait-title = Банк проверяет платёж
pay-wait-refresh = Посмотреть результат
pay-result-paid = Оплата прошла
pay-result-refused = Оплата не прошла
pay-result-unknown = Результат пока неизвестен
pay-result-cancelled = Платёж отменён
pay-do-not-repeat = Не платите повторно: код сохранён.
pay-code-comes = Код придёт в кабинет вместе с результатом.
pay-next = Дальше: закажите услугу.
pay-keep-code = Сохраните код: он нужен, чтобы заказать услугу на портале или в центре обслуживания населения.
pay-code-in-cabinet = Код и чек — в вашем кабинете на портале.
pay-to-cabinet = Вернуться в личный кабинет
pay-to-portal = Вернуться на портал
pay-other-methods = Оплатить другим способом
pay-try-again = Попробовать снова
receipt-title = Электронный чек
receipt-view = Посмотреть чек
receipt-save = Сохранить чек (PDF)
receipt-xml = Подписанный чек (XML)
receipt-qr = QR-код с адресом проверки чека
receipt-used = Код использован { $on }
receipt-unused = Код не использован
receipt-not-ready = Чек появится после подтверждения оплаты.
verify-title = Проверка чека
verify-genuine = Чек подлинный
verify-false = Такого чека нет
verify-about = Эта страница не показывает личных данных.

## UDDI.

uddi-title = Реестр веб-сервисов (UDDI)
uddi-about = Те же данные отдаёт интерфейс запросов UDDI версии 3.
uddi-business = Организация
uddi-service = Сервис
uddi-binding = Точка доступа
uddi-tmodel = Описание (tModel)
uddi-wsdl = Описание WSDL
uddi-key = Ключ

## Consoles.

