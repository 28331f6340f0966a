using TurkishLlm.Plans;
using TurkishLlm.Runs.Logs;
using static System.FormattableString;

namespace TurkishLlm.Training.Safety;

/// <summary>Creates the events about unusual batches.</summary>
internal static class BatchEvents
{
    public static RunEvent CreateAccepted(long step, long dataStep, double learningRate, DivergenceCheckResult checkResult) =>
        CreateEvent(
            step, EventAction.Logged, checkResult, GetValues(dataStep, learningRate, checkResult),
            Invariant($"Step {step}: {checkResult.Cause}. The batch was used nevertheless."));

    public static RunEvent CreateSkipped(long step, long dataStep, double learningRate, DivergenceCheckResult checkResult) =>
        CreateEvent(
            step, EventAction.Skipped, checkResult, GetValues(dataStep, learningRate, checkResult),
            Invariant($"Step {step}: {checkResult.Cause}. Skipping data step {dataStep}; ")
                + Invariant($"weights and moments stay those of step {step - 1}."));

    public static RunEvent CreateRolledBack(DivergenceException divergence, long to, long dataStep)
    {
        var values = GetValues(dataStep, divergence.LearningRate, divergence.CheckResult);
        values["to_step"] = to;
        return CreateEvent(
            divergence.Step, EventAction.RolledBack, divergence.CheckResult, values,
            Invariant($"Step {divergence.Step}: {divergence.CheckResult.Cause}. Rolled back to step {to}; ")
                + Invariant($"skipping all data up to data step {dataStep}."));
    }

    public static RunEvent CreateStopped(DivergenceException divergence) => new(
        divergence.Step,
        divergence.CheckResult.IsFinite ? EventKind.Spike : EventKind.Divergence, EventAction.Stopped, divergence.Message,
        GetValues(null, divergence.LearningRate, divergence.CheckResult));

    public static RunEvent CreateHalved(long step, BatchingPlan batching, int before, int after) => new(
        step, EventKind.OutOfMemory, EventAction.Halved,
        Invariant($"Step {step}: a micro-batch of {before} sequences does not fit into memory; continuing with {after}. ")
            + Invariant($"The step still has {batching.RowsPerStep} sequences. For the next run use ")
            + Invariant($"training.micro_batch_size: {after}, training.accumulation_steps: ")
            + Invariant($"{batching.AccumulationSteps * ((batching.MicroBatchSize + after - 1) / after)}."),
        new Dictionary<string, double> { ["micro_batch_size_before"] = before, ["micro_batch_size"] = after });

    private static RunEvent CreateEvent(
        long step, EventAction action, DivergenceCheckResult checkResult, Dictionary<string, double> values, string text) =>
        new(step, checkResult.IsFinite ? EventKind.Spike : EventKind.Divergence, action, text, values);

    private static Dictionary<string, double> GetValues(long? dataStep, double learningRate, DivergenceCheckResult checkResult)
    {
        var values = new Dictionary<string, double>
        {
            ["loss"] = checkResult.Loss, ["grad_norm"] = checkResult.GradientNorm, ["lr"] = learningRate,
        };
        if (dataStep is { } number) values["data_step"] = number;
        if (checkResult.LossZScore is { } loss) values["loss_z"] = loss;
        if (checkResult.GradientNormZScore is { } norm) values["grad_norm_z"] = norm;
        return values;
    }
}
