### The portal: sign-in, catalogue, method, for whom, code, cabinet; the service-centre desk; the access point.

signin-title = Вход на портал
signin-how = Как вы хотите войти?
signin-by-certificate = По сертификату (файл или токен)
signin-by-certificate-about = Нужен ключ, выданный Национальным удостоверяющим центром.
signin-by-qr = По QR в приложении eGov mobile
signin-by-password = По ИИН и паролю
signin-password = Пароль
signin-button = Войти
signin-certificate-button = Войти по сертификату
signin-access-point = Это общий компьютер: войти можно только по паролю, код не сохраняется.
signout-done = Вы вышли.
signout-done-about = Соединение закрыто. На общем компьютере закройте браузер.
catalogue-title = Услуги
catalogue-search = Поиск услуги
catalogue-nearest = Похожие услуги
catalogue-none = Списка услуг пока нет. Обновите страницу через минуту.
catalogue-time = Срок оказания
catalogue-order = Заказать
catalogue-days =
    { $days ->
        [one] { $days } рабочий день
        [few] { $days } рабочих дня
       *[other] { $days } рабочих дней
    }
method-title = Как вы хотите заплатить?
method-last-used = выбрано в прошлый раз
method-fee = Комиссия банка: { $fee }
method-no-fee = Без комиссии
forwhom-title = Для кого услуга?
forwhom-me = Для себя ({ $name })
forwhom-other = Для другого человека или организации
forwhom-number = ИИН или БИН получателя
forwhom-number-hint = 12 цифр. ИИН (индивидуальный идентификационный номер) указан в удостоверении личности.
forwhom-name = Полное имя получателя
order-check-title = Проверьте заказ
order-pay = Перейти к оплате
order-separate-title = Оплата в другом месте
order-separate-about = Оплатите по этим данным в интернет-банкинге, банкомате или инфокиоске и введите код здесь.
code-title = Введите код платежа
code-hint = 16 цифр с чека. Пробелы можно оставить.
code-button = Проверить код
code-lost = Я потерял код
code-accepted-title = Оплата учтена в заявке
code-accepted-about = По этому номеру вы получите услугу.
code-find-title = Найти мой код
code-find-about = Ваши неиспользованные коды показаны ниже.
order-service-button = Заказать услугу
order-code-counted = Код платежа учтён автоматически.
cabinet-title = Личный кабинет
cabinet-orders = Мои заявки
cabinet-payments = Мои платежи и чеки
cabinet-documents = Мои документы
cabinet-open = Открыть
cabinet-receipt = Чек
cabinet-unused-codes = Неиспользованные коды
order-state-waiting-payment = Ожидает оплаты
order-state-paid = Оплачена, можно заказать
order-state-ordered = Готовится
order-state-delivered = Готова
order-state-failed = Не оказана, код освобождён
order-state-cancelled = Отменена
document-title = Документ
document-ready = Документ готов
document-ready-about = Его можно открыть в кабинете, сохранить или распечатать.
document-not-yet = Документ готовится.

## The service-centre desk.

desk-title = Проверка кода платежа
desk-code = Код платежа (УКП): сканируйте или введите
desk-service = Услуга, о которой просит заявитель
desk-check = Проверить
desk-result-good = Оплачено. Проверьте документ.
desk-result-wait = Банк ещё не подтвердил
desk-result-bad = По этому коду услуга не оказывается
desk-paid-when = Когда и как оплачено
desk-ticket-until = Разрешение действует { $until }
desk-ticket-expired = Срок разрешения истёк, ничего не закрыто. Проверьте код снова.
desk-tick-document = Удостоверение личности проверено
desk-tick-face = Лицо совпадает с фотографией
desk-close = Закрыть платёж
desk-sure-title = Точно закрыть?
desk-sure-about = Получатель: { $name }. Отменить это нельзя.
desk-refuse = Отказать и записать причину
desk-refuse-reason = Причина отказа
desk-refuse-other-person = Документ другого человека
desk-refuse-document = Документ недействителен или просрочен
desk-refused = Отказ записан, код не использован.
desk-done = Платёж закрыт
desk-done-about = Заявка принята: { $application }. Оператор: { $operator }.
desk-term = Срок готовности: { $date }
desk-next = Следующий код
desk-used-by-other = Этот код закрыт на другом рабочем месте: { $place }.
desk-comeback = Скажите гражданину: деньги не потеряны. Прийти снова { $after }.
desk-portal-down = Нет связи с порталом. Платежи закрываются только на связи: выдайте номер очереди.
desk-recorded = Каждая проверка записывается: она раскрывает имя человека.
