using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Spec.Kernel;

/// <summary>What judging one case found: held or not, and the number that decided, kept on success too.</summary>
/// <param name="Holds">True when the requirement holds on the case.</param>
/// <param name="Evidence">What was measured and what was allowed, for a reader.</param>
/// <param name="Margin">Measured ÷ allowed where the bound is a tolerance: near 1 is about to fail, near 0 about to be blind.</param>
/// <param name="Crashed">True when the subject threw instead of being measured.</param>
public sealed record Verdict(bool Holds, string Evidence, double? Margin = null, bool Crashed = false)
{
    /// <summary>A bound from above. NaN never holds.</summary>
    public static Verdict AtMost(double allowed, double measured, string what) =>
        new(measured <= allowed, Invariant($"{what} = {measured:G4}, allowed {allowed:G4}"), allowed > 0 ? measured / allowed : null);

    /// <summary>A bound from below. NaN never holds.</summary>
    public static Verdict AtLeast(double required, double measured, string what) =>
        new(measured >= required, Invariant($"{what} = {measured:G4}, required at least {required:G4}"));

    /// <summary>A bound from both sides, inclusive.</summary>
    public static Verdict Between(double low, double high, double measured, string what) =>
        new(measured >= low && measured <= high, Invariant($"{what} = {measured:G6}, required {low:G6} … {high:G6}"));

    /// <summary>Equality of two values that print well.</summary>
    public static Verdict Equal<T>(T expected, T actual, string what) =>
        new(EqualityComparer<T>.Default.Equals(expected, actual), Invariant($"{what} = {Format(actual)}, required {Format(expected)}"));

    /// <summary>Equality of two sequences, element by element; the first difference is the evidence.</summary>
    public static Verdict SameElements<T>(IReadOnlyList<T> expected, IReadOnlyList<T> actual, string what)
    {
        if (expected.Count != actual.Count)
            return new(false, Invariant($"{what} has {actual.Count} elements, required {expected.Count}"));
        for (var i = 0; i < expected.Count; i++)
            if (!EqualityComparer<T>.Default.Equals(expected[i], actual[i]))
                return new(false, Invariant($"{what}[{i}] = {Format(actual[i])}, required {Format(expected[i])}"));
        return new(true, Invariant($"{what}: {expected.Count} elements equal"));
    }

    /// <summary>A plain yes or no, for facts without a number.</summary>
    public static Verdict That(bool holds, string evidence) => new(holds, evidence);

    /// <summary>The subject threw. A crash is a verdict, so a list of verdicts is always complete.</summary>
    public static Verdict FromException(Exception error) =>
        new(false, $"{error.GetType().Name}: {error.Message.Split('\n')[0]}", Crashed: true);

    /// <summary>All must hold; the first that does not is the evidence, else the one nearest its bound.</summary>
    public static Verdict All(params IEnumerable<Verdict> verdicts)
    {
        Verdict? nearest = null;
        foreach (var verdict in verdicts)
        {
            if (!verdict.Holds) return verdict;
            if (nearest is null || (verdict.Margin ?? -1) > (nearest.Margin ?? -1)) nearest = verdict;
        }
        return nearest ?? throw new ArgumentException("No verdict was given: a requirement must measure something.", nameof(verdicts));
    }

    private static string Format<T>(T value) => value switch
    {
        string text => $"\"{text}\"",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "nothing",
    };
}
