// The strata of measure 459 and the populations asked of each, as BackPain459.cql names them.
export const KINDS = { lumbarDiscectomy: "Discectomy", lumbarFusion: "Fusion" };

export const POPULATIONS = {
  "initial-population": "Initial Population",
  denominator: "Denominator",
  "denominator-exclusion": "Denominator Exclusion",
  numerator: "Numerator",
};

/** A count of zero for each population of each stratum. */
export function emptyCounts() {
  const zero = () => Object.fromEntries(Object.keys(POPULATIONS).map((population) => [population, 0]));
  return Object.fromEntries(Object.keys(KINDS).map((stratum) => [stratum, zero()]));
}

/** The counts in lumbar's words; the excluded stand beside the eligible. */
export function counted(counts) {
  const told = Object.entries(counts).map(([stratum, n]) => {
    const excluded = n["denominator-exclusion"];
    const eligible = n["initial-population"] - excluded;
    const not_met = n.denominator - excluded - n.numerator;
    return [stratum, { eligible, excluded, met: n.numerator, not_met }];
  });
  return Object.fromEntries(told);
}
