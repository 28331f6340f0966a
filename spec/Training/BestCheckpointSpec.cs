using TurkishLlm.Runs;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Training.Checkpoints;

namespace TurkishLlm.Spec.Training;

/// <summary>Returns the best step so far after every validation.</summary>
public delegate IReadOnlyList<long> FindBestSteps(IReadOnlyList<double> losses);

/// <summary>Validation losses, one after the other.</summary>
/// <param name="Losses">The losses of steps 1, 2, …</param>
public sealed record ValidationLossesCase(params IReadOnlyList<double> Losses)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Join(", ", Losses.Select(loss => loss.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}

/// <summary>Selection of the best checkpoint: SAF-05.</summary>
public static class BestCheckpointSpec
{
    public static readonly Requirement<ValidationLossesCase, FindBestSteps> SAF_05_Minimum = new()
    {
        Id = "SAF-05",
        Statement = "The best step is the one with the lowest validation loss so far, the first of equal ones; a NaN loss is "
            + "never the best.",
        Source = "BUG-CKP-15: the best model is in fact the last; any comparison with NaN is false",
        CanonicalCases =
        [
            new(5.5, 4.25, 4.75, 4.25, double.NaN, 4, 4.5, 3.875, 6), new(double.NaN, 7, 7, double.NegativeInfinity, 6, 8, 6, 7),
        ],
        Subject = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) =>
            BestStep.Update(before, CheckpointMetric.Loss, step, loss)),
        Holds = (best, c, _) => Verdict.SameElements(
            [
                .. c.Losses.Select(
                    (_, i) =>
                        c
                            .Losses.Take(i + 1)
                            .Select((loss, step) => (loss, step: step + 1L))
                            .Where(m => double.IsFinite(m.loss))
                .OrderBy(m => m.loss).ThenBy(m => m.step).Select(m => m.step).FirstOrDefault())],
            best(c.Losses), "best step after each measurement"),
        Impostors = new()
        {
            ["the last"] = (_, _) => losses => TraceBestSteps(losses, (_, step, loss) => Found(step, loss)),
            ["the first"] = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) => before ?? Found(step, loss)),
            ["the highest"] = (_, _) =>
                losses =>
                    TraceBestSteps(losses, (before, step, loss) =>
                        double.IsFinite(loss) && (before is null || loss > before.Value) ? Found(step, loss) : before),
            ["better than the one before"] = (_, _) => losses =>
            {
                var best = 0L;
                return [.. losses.Select((loss, i) => best = i == 0 || loss < losses[i - 1] ? i + 1 : best)];
            },
            ["of equal ones the last"] = (_, _) =>
                losses =>
                    TraceBestSteps(losses, (before, step, loss) =>
                        double.IsFinite(loss) && (before is null || loss <= before.Value) ? Found(step, loss) : before),
            ["any comparison with NaN is false"] = (_, _) =>
                losses =>
                    TraceBestSteps(losses, (before, step, loss) =>
                        before is null || !(loss >= before.Value) ? Found(step, loss) : before),
        },
    };

    /// <summary>All requirements of this class.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_05_Minimum];

    private static BestStep Found(long step, double loss) => new(step, loss, CheckpointMetric.Loss.Name);

    private static IReadOnlyList<long> TraceBestSteps(
        IReadOnlyList<double> losses, Func<BestStep?, long, double, BestStep?> next)
    {
        BestStep? best = null;
        return [.. losses.Select((loss, i) => (best = next(best, i + 1, loss))?.Step ?? 0)];
    }
}
