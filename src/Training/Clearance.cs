using TurkishLlm.Data.Batches;
using TurkishLlm.Plans;

namespace TurkishLlm.Training;

/// <summary>
/// Proof that the specification holds for one plan, on its device and with its configuration, tokenizer and data.
/// Only the gate can create one, and every trainer requires one, so a run without a gate does not compile.
/// </summary>
public sealed class Clearance
{
    internal Clearance(TrainingPlan plan, string reportJson, string digest, int requirementCount)
    {
        Plan = plan;
        ReportJson = reportJson;
        Digest = digest;
        RequirementCount = requirementCount;
    }

    /// <summary>The plan that was checked. The clearance is valid for this plan only.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>The measurements of the gate, written to <c>gate.json</c> in the run folder.</summary>
    public string ReportJson { get; }

    /// <summary>SHA-256 of the report, written into every checkpoint.</summary>
    public string Digest { get; }

    /// <summary>Number of requirements that were checked.</summary>
    public int RequirementCount { get; }

    /// <summary>The comparison of the shards with the hashes of the manifest; null if a specification made it.</summary>
    public ShardVerification? Data { get; internal init; }
}
