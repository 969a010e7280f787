-- What the owner was told, and what is forwarded, has a code beside its cause, for programs; ''
-- where an earlier release has written the cause, and it is not certain which it was.
ALTER TABLE notification ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';
ALTER TABLE forward ADD COLUMN cause_code TEXT NOT NULL DEFAULT '';

UPDATE notification SET cause_code = CASE
        WHEN cause GLOB 'the server answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause LIKE '%: it is told by the other ways' THEN 'told_by_other_ways'
        WHEN cause LIKE '% messages were sent to the owner within a day, and no more are' THEN 'owner_texts_used'
        WHEN cause IN ('the server did not answer in time', 'the mail server did not answer in time') THEN 'receiver_timeout'
        WHEN cause GLOB 'the *server is not known: *' THEN 'receiver_unknown'
        WHEN cause GLOB 'the *server could not be reached: *' THEN 'receiver_unreachable'
        WHEN cause GLOB 'the *server was not asked: *' THEN 'receiver_local'
        WHEN cause = 'the URL is invalid' THEN 'url_invalid'
        WHEN cause = 'the address of the mailbox is invalid' THEN 'mailbox_invalid'
        WHEN cause = 'something newer is told' THEN 'newer_is_told'
        WHEN cause = 'it is tested again' THEN 'tested_again'
        WHEN cause = 'this way is no longer configured' THEN 'way_gone'
        WHEN cause = 'the gateway was restored from a backup' THEN 'restored'
        ELSE ''
    END WHERE cause <> '';
UPDATE forward SET cause_code = CASE
        WHEN cause GLOB 'the server answered [0-9][0-9][0-9]' THEN 'http_' || substr(cause, -3)
        WHEN cause IN ('the server did not answer in time', 'the mail server did not answer in time') THEN 'receiver_timeout'
        WHEN cause GLOB 'the *server is not known: *' THEN 'receiver_unknown'
        WHEN cause GLOB 'the *server could not be reached: *' THEN 'receiver_unreachable'
        WHEN cause GLOB 'the *server was not asked: *' THEN 'receiver_local'
        WHEN cause = 'the URL is invalid' THEN 'url_invalid'
        WHEN cause = 'the address of the mailbox is invalid' THEN 'mailbox_invalid'
        WHEN cause = 'it was deleted before it could be forwarded' THEN 'forward_deleted'
        WHEN cause = 'the rule has forwarded as many messages in 24 hours as its limit says' THEN 'forward_limit'
        WHEN cause = 'this rule is no longer configured' THEN 'forward_rule_gone'
        WHEN cause = 'it came from the number itself' THEN 'forward_from_its_number'
        WHEN cause = 'it came from a SIM of this gateway' THEN 'forward_from_own_sim'
        WHEN cause = 'the number is that of a SIM of this gateway' THEN 'forward_to_own_sim'
        WHEN cause = 'it was forwarded already' THEN 'forwarded_already'
        WHEN cause = 'the gateway was restored from a backup' THEN 'restored'
        ELSE ''
    END WHERE cause <> '';
