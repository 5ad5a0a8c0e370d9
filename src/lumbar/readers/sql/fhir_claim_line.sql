-- fhir_claim_line.sql — one row per line of Claim or ExplanationOfBenefit files, in their order. `status`: completed
-- where the claim stands; what else it is where it does not (a request, cancelled, replaced by another).
-- `has_bad_coding`: its lines are no list; or there may be none, where the reading cannot tell. The id of a Claim has
-- its type before it, for the ExplanationOfBenefit of it may have the same.
select
    source,
    is_broken,
    coalesce(has_bad_coding, r.item is null) as has_bad_coding,
    r.resourceType as resource_type,
    case when r.resourceType = 'Claim' then 'Claim/' || text_of(r.id) else text_of(r.id) end as id,
    reference_id(r.patient.reference, 'Patient') as patient_id,
    case
        when text_of(r.status) = 'entered-in-error' then 'entered-in-error'
        when text_of(r.use) <> 'claim' then text_of(r.use)
        when len(list_filter(
            r.related,
            lambda x: len(list_filter(x.relationship.coding, lambda c: c.code in ('replacedby', 'replaced'))) > 0
        )) > 0 then 'replaced'
        when text_of(r.status) = 'active' then 'completed'
        else coalesce(text_of(r.status), 'unknown')
    end as status,
    coalesce(claim_day(r.billablePeriod.start), claim_day(r.created)) as starts_on,
    claim_day(r.billablePeriod.end) as ends_on,
    r
from resource
