-- The functions as they were:
DROP FUNCTION assert_may_change_factors;
