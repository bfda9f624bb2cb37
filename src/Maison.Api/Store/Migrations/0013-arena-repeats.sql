-- Whether a battle was shown again is asked for every battle that its voter judged.
CREATE INDEX arena_battles_repeat ON arena_battles (repeat_of);
