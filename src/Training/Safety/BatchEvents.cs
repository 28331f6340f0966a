using System.Globalization;
using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;

namespace TurkishLlm.Training.Safety;

/// <summary>What is told of batches that were not like the others.</summary>
internal static class BatchEvents
{
    public static RunEvent CreateAccepted(long step, long dataStep, double learningRate, DivergenceCheckResult checkResult) => CreateEvent(
        step, EventAction.Logged, checkResult, GetValues(dataStep, learningRate, checkResult), $"Step {step}: {checkResult.Cause}. It was learned from all the same.");

    public static RunEvent CreateSkipped(long step, long dataStep, double learningRate, DivergenceCheckResult checkResult) => CreateEvent(
        step, EventAction.Skipped, checkResult, GetValues(dataStep, learningRate, checkResult), $"Step {step}: {checkResult.Cause}. Batch {dataStep} is left out; weights and moments stay those of step {step - 1}.");

    public static RunEvent CreateRolledBack(DivergenceException divergence, long to, long dataStep)
    {
        var numbers = GetValues(dataStep, divergence.LearningRate, divergence.CheckResult);
        numbers["to_step"] = to;
        return CreateEvent(divergence.Step, EventAction.RolledBack, divergence.CheckResult, numbers,
            $"Step {divergence.Step}: {divergence.CheckResult.Cause}. Back to step {to}; all data since, up to batch {dataStep}, is left out.");
    }

    public static RunEvent CreateStopped(DivergenceException divergence) => new(
        divergence.Step, divergence.CheckResult.IsFinite ? EventKind.Spike : EventKind.Divergence, EventAction.Stopped, divergence.Message,
        GetValues(null, divergence.LearningRate, divergence.CheckResult));

    public static RunEvent CreateHalved(long step, BatchingPlan batching, int before, int after) => new(
        step, EventKind.OutOfMemory, EventAction.Halved,
        Invariant($"Step {step}: {before} sequences at once do not fit into memory; now {after} at once. The step still learns from {batching.RowsPerStep} sequences. To begin so next time: training.micro_batch_size: {after}, training.accumulation_steps: {batching.AccumulationSteps * ((batching.MicroBatchSize + after - 1) / after)}."),
        new Dictionary<string, double> { ["rows_before"] = before, ["rows"] = after });

    private static RunEvent CreateEvent(long step, EventAction action, DivergenceCheckResult checkResult, Dictionary<string, double> numbers, FormattableString text) =>
        new(step, checkResult.IsFinite ? EventKind.Spike : EventKind.Divergence, action, Invariant(text), numbers);

    private static Dictionary<string, double> GetValues(long? dataStep, double learningRate, DivergenceCheckResult checkResult)
    {
        var numbers = new Dictionary<string, double>
        {
            ["loss"] = checkResult.Loss, ["grad_norm"] = checkResult.GradientNorm, ["lr"] = learningRate,
        };
        if (dataStep is { } number) numbers["batch"] = number;
        if (checkResult.LossZScore is { } loss) numbers["loss_z"] = loss;
        if (checkResult.GradientNormZScore is { } norm) numbers["grad_norm_z"] = norm;
        return numbers;
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
