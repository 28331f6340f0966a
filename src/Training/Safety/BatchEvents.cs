using System.Globalization;

namespace TurkishLlm.Training;

/// <summary>What is told of batches that were not like the others.</summary>
internal static class BatchEvents
{
    public static RunEvent Accepted(long step, long batch, double learningRate, BatchVerdict verdict) => Event(
        step, EventAction.Logged, verdict, Numbers(batch, learningRate, verdict), $"Step {step}: {verdict.Cause}. It was learned from all the same.");

    public static RunEvent Skipped(long step, long batch, double learningRate, BatchVerdict verdict) => Event(
        step, EventAction.Skipped, verdict, Numbers(batch, learningRate, verdict), $"Step {step}: {verdict.Cause}. Batch {batch} is left out; weights and moments stay those of step {step - 1}.");

    public static RunEvent RolledBack(DivergenceException refused, long to, long batch)
    {
        var numbers = Numbers(batch, refused.LearningRate, refused.Verdict);
        numbers["to_step"] = to;
        return Event(refused.Step, EventAction.RolledBack, refused.Verdict, numbers,
            $"Step {refused.Step}: {refused.Verdict.Cause}. Back to step {to}; all data since, up to batch {batch}, is left out.");
    }

    public static RunEvent Stopped(DivergenceException refused) => new(
        refused.Step, refused.Verdict.IsFinite ? EventKind.Spike : EventKind.Divergence, EventAction.Stopped, refused.Message,
        Numbers(null, refused.LearningRate, refused.Verdict));

    public static RunEvent Halved(long step, LoopPlan loop, int before, int after) => new(
        step, EventKind.OutOfMemory, EventAction.Halved,
        Text($"Step {step}: {before} sequences at once do not fit into memory; now {after} at once. The step still learns from {loop.RowsPerStep} sequences. To begin so next time: training.batch_size: {after}, training.accumulation_steps: {loop.AccumulationSteps * ((loop.BatchSize + after - 1) / after)}."),
        new Dictionary<string, double> { ["rows_before"] = before, ["rows"] = after });

    private static RunEvent Event(long step, EventAction action, BatchVerdict verdict, Dictionary<string, double> numbers, FormattableString text) =>
        new(step, verdict.IsFinite ? EventKind.Spike : EventKind.Divergence, action, Text(text), numbers);

    private static Dictionary<string, double> Numbers(long? batch, double learningRate, BatchVerdict verdict)
    {
        var numbers = new Dictionary<string, double>
        {
            ["loss"] = verdict.Loss, ["grad_norm"] = verdict.GradientNorm, ["lr"] = learningRate,
        };
        if (batch is { } number) numbers["batch"] = number;
        if (verdict.LossZ is { } loss) numbers["loss_z"] = loss;
        if (verdict.NormZ is { } norm) numbers["grad_norm_z"] = norm;
        return numbers;
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
