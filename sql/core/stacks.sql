-- stacks: a CI environment that builds specs, by its label.
-- Grain:     stack
-- Reads:     data.stacks
-- Columns:   stack        VARCHAR  label as published
--            family       VARCHAR  line of stacks it belongs to: e4s, ml, aws-pcluster ...; NULL: not known
--            platform     VARCHAR  linux, darwin, windows; NULL: not known
--            accelerator  VARCHAR  cuda, rocm, mps, oneapi, cpu; NULL: the label names none
--            successor    VARCHAR  label that took its place; NULL: none known
-- Question:  Which stacks build for CUDA?
-- Example:   select stack, family from stacks where accelerator = 'cuda' order by stack;
create or replace view stacks as
select
    stack,
    family,
    platform,
    accelerator,
    successor
from data.stacks;
