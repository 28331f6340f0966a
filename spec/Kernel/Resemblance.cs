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
        if (real.Evidence == wrong.Evidence) return 0;
        if (real.Holds != wrong.Holds || real.Crashed != wrong.Crashed) return 1;
        if (real.Measured is not { } a || wrong.Measured is not { } b || a.What != b.What)
            return real.Holds ? 0 : WithoutNumbers(real.Evidence) == WithoutNumbers(wrong.Evidence) ? 0.5 : 1;
        if (double.IsFinite(a.Value) != double.IsFinite(b.Value)) return 1;
        return double.IsFinite(a.Value) && a.Value != b.Value
            ? Math.Abs(a.Value - b.Value) / (Math.Abs(a.Value) + Math.Abs(b.Value))
            : 0;
    }

    private static string WithoutNumbers(string evidence) => NumberPattern().Replace(evidence, "");

    [GeneratedRegex(@"[\d.,]+")]
    private static partial Regex NumberPattern();
}
