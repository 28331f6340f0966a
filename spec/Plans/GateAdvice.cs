namespace TurkishLlm.Spec.Plans;

/// <summary>Says what to do about a failed requirement: what it was judged on, and the nearest remedy.</summary>
public static class GateAdvice
{
    private const string Operators =
        "an operator computes other numbers here than the float64 oracle. Judge it on the CPU: add --set device=cpu --set "
        + "compute_dtype=float32. If it holds there, the device, its driver or its libtorch is at fault (`turkishllm doctor`).";

    private const string Program =
        "it depends on the program more than on the plan. If it fails under the built-in plan too, build again from a clean "
        + "checkout and check the machine with `turkishllm doctor`.";

    private static readonly Dictionary<string, string> ByRequirement = new(StringComparer.Ordinal)
    {
        ["P02"] = "model.vocab_size must be the number of tokens of data.tokenizer; `turkishllm tokenizer report DIR` prints it.",
    };

    private static readonly Dictionary<string, string> ByArea = new(StringComparer.Ordinal)
    {
        ["Tokenizer"] = "it judges data.tokenizer. Restore the original folder, or create it again with `turkishllm tokenizer "
            + "train`, and then prepare the shards again.",
        ["Data"] = "it judges data.shards. Look at them with `turkishllm data inspect DIR --stats`, or prepare them again with "
            + "`turkishllm data prepare`.",
        ["Conversations"] = "it judges the chat template with data.tokenizer. Look at the files of the plan with "
            + "`turkishllm data inspect FILE --loss-mask -t DIR`, or restore the original tokenizer.",
        ["Architecture"] = "it judges the sizes under model:. Compare them with the preset, and model.vocab_size with the "
            + "tokenizer.",
        ["RMSNorm"] = Operators,
        ["ALiBi"] = Operators,
        ["Attention"] = Operators,
        ["SwiGLU"] = Operators,
        ["Block"] = Operators,
        ["Kernels"] = Operators,
        ["Several processes"] =
            "it judges Open MPI or NCCL on this machine. Check them with `turkishllm doctor`, or train in one process.",
        ["Device"] = "it judges the device of the plan. Check it with `turkishllm doctor`, or use device: cpu.",
    };

    /// <summary>Returns what a requirement was judged on and the nearest remedy, as a sentence in lower case.</summary>
    public static string Find(Requirement requirement)
    {
        ArgumentNullException.ThrowIfNull(requirement);
        return ByRequirement.GetValueOrDefault(requirement.Id)
            ?? ByArea.GetValueOrDefault(RequirementCatalog.GetArea(requirement))
            ?? Program;
    }

    /// <summary>Returns the steps that separate a fault of the plan from one of the program.</summary>
    /// <param name="report">A report with failures.</param>
    /// <param name="plan">The plan file as the user typed it; null if it is unknown.</param>
    public static string DescribeNextSteps(PlanGateReport report, string? plan)
    {
        ArgumentNullException.ThrowIfNull(report);
        var failed = string.Join(',', report.FailedJudgments.Select(judgment => judgment.Requirement.Id).Distinct());
        return $"""
            Next: every measurement is printed by: turkishllm spec run {plan ?? "PLAN"} --only {failed} --verbose
            Judge the same under the built-in plan: turkishllm spec run --only {failed}
            If it holds there, the cause is in the plan, its tokenizer, its data or its device: turkishllm doctor {plan ?? "PLAN"}
            If it fails there too, this build or its libtorch computes wrong results.
            """;
    }
}
