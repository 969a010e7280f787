-- Lanes: 0 codes, 1 urgent, 2 normal, 3 bulk. What there was beside codes is normal.
UPDATE message SET lane = 2 WHERE lane = 1;
