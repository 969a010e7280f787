-- A cause has a code beside its text, for programs; '' where an earlier release has written the
-- text, and it is not certain which it was.
ALTER TABLE message ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE part ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE part_try ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE call ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE delivery ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE early_report ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE message ADD COLUMN hold_code TEXT NOT NULL DEFAULT ''; -- of hold_why

-- How causes of earlier releases begin.
CREATE TABLE cause_known (text TEXT NOT NULL, code TEXT NOT NULL) STRICT;
INSERT INTO cause_known (text, code) VALUES
    ('its time ran out before it could be sent; the last try: ', 'expired_refused'),
    ('its time ran out before it could be sent', 'expired'),
    ('it was cancelled on the phone', 'phone_cancelled'),
    ('it was cancelled', 'cancelled'),
    ('the recipient has opted out of messages', 'opted_out'),
    ('a test number: nothing is sent', 'test_number'),
    ('the verification is ', 'verification_over'),
    ('another took its place before it left', 'replaced'),
    ('the gateway stopped while the modem had the message', 'gateway_stopped'),
    ('the gateway stopped while the call was up', 'call_gateway_stopped'),
    ('the machine was restarted', 'machine_restarted'),
    ('the gateway was restored from a backup', 'restored'),
    ('it waited when a backup was made, and its owner has dropped it after the restore', 'dropped'),
    ('it cannot be encoded', 'not_encoded'),
    ('it could not be placed in time', 'call_expired'),
    ('all its sends are used', 'sends_used'),
    ('the text was answered with a code', 'text_answered'),
    ('the text came by an SMSC of another country', 'text_from_abroad'),
    ('the text came again', 'text_repeated'),
    ('the text came too late', 'text_late'),
    ('a text with the token came from another number', 'text_other_number'),
    ('a text with the token came from a name or a short number', 'text_no_number'),
    ('a text with the token came from a number that is blocked', 'text_blocked'),
    ('the modem is not ready', 'modem_not_ready'),
    ('the modem did not take the message', 'modem_not_taken'),
    ('the message was handed over and the modem did not answer', 'modem_no_answer'),
    ('the modem refused without saying why', 'modem_error'),
    ('the modem refused: ', 'modem_refused'),
    ('this phone has no PDU mode, and ', 'modem_text_mode'),
    ('the modem did not take the call', 'modem_call_not_taken'),
    ('the modem refuses to dial: ', 'modem_dial_refused'),
    ('nothing can be said: ', 'call_nothing_said'),
    ('nothing could be said: ', 'call_not_said'),
    ('nobody answered within ', 'call_no_answer'),
    ('the call was cut off after ', 'call_too_long'),
    ('the link to the modem was lost during the call', 'modem_link_lost'),
    ('no key was pressed: perhaps a voicemail answered', 'call_no_key'),
    ('it counted as answered as soon as it rang', 'call_perhaps_unheard'),
    ('the receiver answered 410: ', 'http_410'),
    ('the receiver has not answered for days', 'receiver_silent'),
    ('the receiver did not answer within ', 'receiver_timeout'),
    ('the receiver could not be reached: ', 'receiver_unreachable'),
    ('the receiver could not be reached, or did not speak HTTP', 'receiver_no_http'),
    ('the name of the receiver could not be looked up: ', 'receiver_unknown'),
    ('too many deliveries were pending: ', 'too_many_pending'),
    ('this webhook is disabled: ', 'webhook_disabled'),
    ('the phone cannot be reached: ', 'phone_unreachable'),
    ('the phone is ', 'phone_not_ready'),
    ('the phone is in flight mode', 'phone_flight_mode'),
    ('the phone is asked to send too fast', 'phone_too_fast'),
    ('the phone did not send it in time, and it was withdrawn', 'phone_late'),
    ('the phone has taken it, and does not say what became of it', 'phone_no_word'),
    ('the phone gave no answer: ', 'phone_no_answer'),
    ('the network refuses it without a reason', 'phone_failure'),
    ('the network refuses it: credit', 'phone_network_rejected');

UPDATE message SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(message.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE part SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(part.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE part_try SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(part_try.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE call SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(call.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE attempt SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(attempt.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE delivery SET cause_code = CASE
        WHEN cause GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(cause, 5) AS INTEGER)
        WHEN cause GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(cause, -3, 2))
        WHEN cause GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(cause, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(delivery.cause, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE cause <> '';
UPDATE early_report SET cause_code = CASE
        WHEN text GLOB 'CMS [0-9]*:*' THEN 'cms_' || CAST(substr(text, 5) AS INTEGER)
        WHEN text GLOB 'CME [0-9]*:*' THEN 'cme_' || CAST(substr(text, 5) AS INTEGER)
        WHEN text GLOB '*(status [0-9A-F][0-9A-F])' THEN 'report_' || lower(substr(text, -3, 2))
        WHEN text GLOB 'the receiver answered [0-9][0-9][0-9]' THEN 'http_' || substr(text, -3)
        WHEN text GLOB 'cause [0-9]*' THEN 'call_' || CAST(substr(text, 7) AS INTEGER)
        ELSE COALESCE((SELECT k.code FROM cause_known k WHERE substr(early_report.text, 1, length(k.text)) = k.text ORDER BY length(k.text) DESC LIMIT 1), '')
    END WHERE NOT delivered;

DROP TABLE cause_known;
