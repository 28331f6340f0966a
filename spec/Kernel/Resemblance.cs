using System.Text.RegularExpressions;

namespace TurkishLlm.Specification;

/// <summary>How near the measurements of a wrong implementation are to those of a real one that failed.</summary>
/// <param name="Impostor">Name of the wrong implementation.</param>
/// <param name="Distance">0 if both measure the same on every case, 1 if they have nothing in common.</param>
/// <param name="Evidence">What the wrong implementation measures on the first case that the real one fails.</param>
public sealed partial record Resemblance(string Impostor, double Distance, string Evidence)
{
    /// <summary>A wrong implementation that is further away explains nothing.</summary>
    public const double Far = 0.5;

    internal static Resemblance Measure(string impostor, IReadOnlyList<Verdict> real, IReadOnlyList<Verdict> wrong)
    {
        var failed = real.Select((verdict, i) => (verdict.Holds, i)).FirstOrDefault(entry => !entry.Holds).i;
        return new(impostor, real.Zip(wrong, Compare).Average(), wrong[failed].Evidence);
    }

    internal static double Compare(Verdict real, Verdict wrong)
    {
        if (real.Holds != wrong.Holds || real.Crashed != wrong.Crashed) return 1;
        var numbers = real.Evidence == wrong.Evidence ? 0 : CompareNumbers(real, wrong);
        return real.Pattern is { Count: > 0 } shape && wrong.Pattern is { } other && shape.Count == other.Count
            ? 0.98 * ComparePatterns(shape, other) + 0.02 * numbers
            : numbers;
    }

    // Half for what is zero in one of both only, half for the sizes relative to the largest. What is zero in both is no
    // resemblance, as a requirement is none that holds for both.
    private static double ComparePatterns(IReadOnlyList<double> real, IReadOnlyList<double> wrong)
    {
        var (a, b) = (Normalize(real), Normalize(wrong));
        return a.Zip(b).Where(pair => pair.First > 1e-4 || pair.Second > 1e-4)
            .Select(pair => 0.5 * (pair.First > 1e-4 == pair.Second > 1e-4 ? 0 : 1) + 0.5 * Math.Abs(pair.First - pair.Second))
            .DefaultIfEmpty(0).Average();
    }

    private static double[] Normalize(IReadOnlyList<double> pattern)
    {
        var largest = pattern.Where(double.IsFinite).Select(Math.Abs).DefaultIfEmpty(0).Max();
        return [.. pattern.Select(x => !double.IsFinite(x) ? 1 : largest > 0 ? Math.Abs(x) / largest : 0)];
    }

    private static double CompareNumbers(Verdict real, Verdict wrong)
    {
        if (real.Measured is not { } a || wrong.Measured is not { } b || a.What != b.What)
            return real.Holds ? 0 : WithoutNumbers(real.Evidence) == WithoutNumbers(wrong.Evidence) ? 0.5 : 1;
        if (double.IsFinite(a.Value) != double.IsFinite(b.Value)) return 1;
        return double.IsFinite(a.Value) && a.Value != b.Value
            ? Math.Abs(a.Value - b.Value) / (Math.Abs(a.Value) + Math.Abs(b.Value))
            : 0;
    }

    private static string WithoutNumbers(string evidence) => NumberPattern().Replace(evidence, "");

    [GeneratedRegex(@"-?[\d.,]+(E[+-]\d+)?")]
    private static partial Regex NumberPattern();
}
