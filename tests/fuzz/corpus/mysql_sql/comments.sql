/*!80000 select */ /*M!100100 sql_no_cache */ a -- x
, b # y
 from /* z */ t /*!99999 where a = 1 */ where "q" = 'it''s\'' and `we``ird` = 5--3