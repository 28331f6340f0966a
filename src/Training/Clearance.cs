using TurkishLlm.Plans;

namespace TurkishLlm.Training;

/// <summary>
/// Proof that the specification holds for one plan, on its device and with its configuration, tokenizer and data.
/// Only the gate makes one: every trainer asks for it, so an ungated run does not compile.
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

    /// <summary>The plan that was judged; the only one this clearance is good for.</summary>
    public TrainingPlan Plan { get; }

    /// <summary>What the gate measured, for <c>gate.json</c> in the run folder.</summary>
    public string ReportJson { get; }

    /// <summary>SHA-256 of the report, written into every checkpoint.</summary>
    public string Digest { get; }

    /// <summary>How many requirements were judged.</summary>
    public int RequirementCount { get; }
}
