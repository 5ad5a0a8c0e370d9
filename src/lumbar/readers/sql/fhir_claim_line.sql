-- fhir_claim_line.sql — one row per line of Claim or ExplanationOfBenefit files, in their order. `status`: completed
-- where the claim stands; what else it is where it does not (a request, cancelled, replaced by another).
-- `has_bad_coding`: its lines are no list; or there may be none, where the reading cannot tell. The id of a Claim has
-- its type before it, for the ExplanationOfBenefit of it may have the same. The claim's first and last day: as billed,
-- else of its dated lines. `served_on`: the day all of it was done, where it was billed for one day. When the claim was
-- made (`created`) says nothing of the service.
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
    coalesce(
        claim_day(r.billablePeriod.start),
        list_min(list_transform(r.item, lambda i: cast(full_date(service_day(i, null)) as varchar)))
    ) as starts_on,
    coalesce(
        claim_day(r.billablePeriod.end),
        list_max(list_transform(r.item, lambda i: cast(full_date(service_day(i, null)) as varchar)))
    ) as ends_on,
    day_of_period(r.billablePeriod) as served_on,
    r
from resource
