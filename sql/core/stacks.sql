-- stacks: a CI environment that builds or once built specs, by its label.
-- Grain:     stack
-- Reads:     data.stacks, data.tag_configurations
-- Columns:   stack        VARCHAR  label as published
--            family       VARCHAR  line of stacks it belongs to: e4s, ml, aws-pcluster ...; NULL: not known
--            platform     VARCHAR  linux, darwin, windows; NULL: not known
--            accelerator  VARCHAR  cuda, rocm, mps, oneapi, cpu; NULL: the label names none
--            successor    VARCHAR  label that took its place; NULL: none known
--            is_current   BOOLEAN  some source holds a spec in it now
-- Question:  Which stacks build for CUDA?
-- Example:   select stack, family from stacks where accelerator = 'cuda' and is_current order by stack;
create or replace view stacks as
with

-- Builds stand in few different sets of stacks.
sets as (
    select distinct stacks_text
    from data.tag_configurations
    where stacks_text <> ''
),

named as (
    select distinct unnest(string_split(stacks_text, ',')) as stack
    from sets
)

select
    stacks.stack,
    stacks.family,
    stacks.platform,
    stacks.accelerator,
    stacks.successor,
    stacks.stack in (select named.stack from named) as is_current
from data.stacks as stacks;
