namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class ChainMutations
{
    private const string Runner = "src/Runs/Chains/ChainRunner.cs",
        Record = "src/Runs/Chains/StepRecord.cs",
        Digests = "src/Runs/Chains/ContentDigests.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("changed-input-is-skipped", [], Record, "where Inputs.GetValueOrDefault(path) != now.Inputs.GetValueOrDefault(path)",
            "where !now.Inputs.ContainsKey(path)", "A step is skipped although the content of an input has changed."),
        new("changed-option-is-skipped", [], Record, "where before != after", "where before is null || after is null",
            "A step is skipped although an option has another value."),
        new("started-step-counts-as-done", [], Runner, "if (record.State == StepState.Started)",
            "if (record.State == StepState.Started && changes.Count > 0)",
            "The half-written output of a killed step is taken for complete."),
        new("damaged-output-is-kept", [], Runner,
            ".Where(output => output.Value != record.Outputs.GetValueOrDefault(output.Key))",
            ".Where(output => output.Value == ContentDigests.Missing)", "An output that was changed later counts as up to date."),
        new("stale-output-is-continued", [], Runner,
            "if (job.UpdatesOutput || (status.Resumes && job.ResumesOutput)) return aside;",
            "if (job.UpdatesOutput || job.ResumesOutput) return aside;",
            "A command resumes from the output of other inputs."),
        new("digest-by-size-only", [], Digests, "known.Identity == identity", "known.Identity.Bytes == identity.Bytes",
            "A file of the same size counts as unchanged."),
    ];
}
