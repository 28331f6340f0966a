using TurkishLlm.Spec.Kernel;
using TurkishLlm.Training.Checkpoints;
using BestSteps = System.Func<System.Collections.Generic.IReadOnlyList<double>, System.Collections.Generic.IReadOnlyList<long>>;

namespace TurkishLlm.Spec.Training;

/// <summary>Validation losses, one after the other.</summary>
/// <param name="Losses">The losses of steps 1, 2, …</param>
public sealed record ValidationLossesCase(params IReadOnlyList<double> Losses)
{
    /// <inheritdoc/>
    public override string ToString() => string.Join(", ", Losses.Select(loss => loss.ToString(System.Globalization.CultureInfo.InvariantCulture)));
}

/// <summary>Which checkpoint is the best: SAF-05.</summary>
public static class BestCheckpointSpec
{
    public static readonly Requirement<ValidationLossesCase, BestSteps> SAF_05_Minimum = new()
    {
        Id = "SAF-05",
        Statement = "The best step is the one with the lowest validation loss of all so far, of equal ones the first; a loss that is no number is never best.",
        Source = "Silent bug CKP-15: the best model is in fact the last; any comparison with NaN is false",
        CanonicalCases = [new(5.5, 4.25, 4.75, 4.25, double.NaN, 4, 4.5, 3.875, 6), new(double.NaN, 7, 7, double.NegativeInfinity, 6, 8, 6, 7)],
        Subject = (_, _) => losses => TraceBestSteps(losses, BestValidation.Update),
        Holds = (best, c, _) => Verdict.SameElements(
            [.. c.Losses.Select((_, i) => c.Losses.Take(i + 1).Select((loss, step) => (loss, step: step + 1L)).Where(m => double.IsFinite(m.loss))
                .OrderBy(m => m.loss).ThenBy(m => m.step).Select(m => m.step).FirstOrDefault())],
            best(c.Losses), "best step after each measurement"),
        Impostors = new Dictionary<string, Func<ValidationLossesCase, Conditions, BestSteps>>
        {
            ["the last"] = (_, _) => losses => TraceBestSteps(losses, (_, step, loss) => new(step, loss)),
            ["the first"] = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) => before ?? new(step, loss)),
            ["the highest"] = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) => double.IsFinite(loss) && (before is null || loss > before.Loss) ? new(step, loss) : before),
            ["better than the one before"] = (_, _) => losses =>
            {
                var best = 0L;
                return [.. losses.Select((loss, i) => best = i == 0 || loss < losses[i - 1] ? i + 1 : best)];
            },
            ["of equal ones the last"] = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) => double.IsFinite(loss) && (before is null || loss <= before.Loss) ? new(step, loss) : before),
            ["any comparison with NaN is false"] = (_, _) => losses => TraceBestSteps(losses, (before, step, loss) => before is null || !(loss >= before.Loss) ? new(step, loss) : before),
        },
    };

    /// <summary>All of this area.</summary>
    public static IReadOnlyList<Requirement> All => [SAF_05_Minimum];

    private static IReadOnlyList<long> TraceBestSteps(IReadOnlyList<double> losses, Func<BestValidation?, long, double, BestValidation?> next)
    {
        BestValidation? best = null;
        return [.. losses.Select((loss, i) => (best = next(best, i + 1, loss))?.Step ?? 0)];
    }
}
