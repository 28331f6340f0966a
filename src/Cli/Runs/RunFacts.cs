using TurkishLlm.Cli.Terminal;
using TurkishLlm.Monitoring;
using TurkishLlm.Runs;

namespace TurkishLlm.Cli.Runs;

/// <summary>A named value of a run.</summary>
/// <param name="Name">Name of the value.</param>
/// <param name="Value">Formats the value of a run; – for no value.</param>
internal sealed record RunFact(string Name, Func<RunRecord, string> Value);

/// <summary>Values that are shown for every run, in display order.</summary>
internal static class RunFacts
{
    public static IReadOnlyList<RunFact> All { get; } =
    [
        new("parameters", run => Format.Count(run.Plan.Model.ParameterCount)),
        new("steps", run => $"{Format.Count(run.LastStep)} of {Format.Count(run.Plan.Training.Steps)}"),
        new("tokens", run => run.Progress.Last is { } last ? Format.Count(last.Tokens) : "–"),
        new("training loss, last step", run => Number(run.Progress.Last?.Loss)),
        new("training loss, smoothed", run => Number(run.Progress.SmoothedLoss)),
        new("validation loss, last", run => Number(run.Progress.LastValidation?.ValidationLoss)),
        new("validation loss, lowest", run =>
            run.Steps.Where(line => line.ValidationLoss is not null).MinBy(line => line.ValidationLoss) is { } best
            ? $"{Number(best.ValidationLoss)} at step {Format.Count(best.Step)}" : "–"),
        new("best checkpoint", FormatBest),
        new("bits per byte", run => Number(run.Progress.LastValidation?.ValidationBitsPerByte)),
        new("tokens/s", run => double.IsFinite(run.Progress.TokensPerSecond) ? Format.Rate(run.Progress.TokensPerSecond) : "–"),
        new("of peak FLOP/s", run => run.Progress.ModelFlopsUtilization is { } share ? Format.Percent(share) : "–"),
        new("peak memory", run => run.Progress.Last is { } last ? Format.Bytes(last.MemoryBytes) : "–"),
        new("time", run => run.Progress.Last is { } last ? Format.Duration(last.WallSeconds ?? last.Seconds) : "–"),
        new("cost", run => run.Progress.Cost is { } cost ? Format.Money(cost, run.Progress.Currency) : "–"),
    ];

    /// <summary>Steps, tokens and time until a run reached a training loss.</summary>
    public static IReadOnlyList<RunFact> GetTargetLossFacts(double loss) =>
    [
        new(Format.Invariant($"steps to loss {loss:F4}"), run =>
            run.FindFirstAtOrBelow(loss) is { } line ? Format.Count(line.Step) : "not reached"),
        new("tokens to that loss", run => run.FindFirstAtOrBelow(loss) is { } line ? Format.Count(line.Tokens) : "–"),
        new("time to that loss", run =>
            run.FindFirstAtOrBelow(loss) is { } line ? Format.Duration(line.WallSeconds ?? line.Seconds) : "–"),
    ];

    private static string FormatBest(RunRecord run)
    {
        var metric = CheckpointMetric.FromPlan(run.Plan);
        if (metric.FindBest(run.Steps) is not var (step, value)) return "–";
        var kept = run.Folder.CheckpointSteps().Contains(step) ? "" : ", no longer saved";
        return $"step {Format.Count(step)}, {metric.Title} {metric.Format(value)}{kept}";
    }

    private static string Number(double? value) =>
        value is { } number && double.IsFinite(number) ? Format.Invariant($"{number:F4}") : "–";
}
