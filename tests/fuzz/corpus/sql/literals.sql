SELECT 'it''s', E'a\'b', U&'\0061', B'101', X'1F', $$x$$, $tag$ $$ $tag$, 1.5e-3, .5, 0x1F, 1_000, N'x' -- 'c'
/* outer /* inner */ 'still' */ FROM "Odd ""name" WHERE a IN (1, 2, 3) AND b = ANY('{1,2}'::int[]) AND c ~ '^\d+$' AND d <> -1;
