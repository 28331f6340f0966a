using System.Globalization;
using static System.FormattableString;

namespace TurkishLlm.Specification;

/// <summary>The result of judging a case: whether the requirement holds, and the measurement, also on success.</summary>
/// <param name="Holds">True when the requirement holds on the case.</param>
/// <param name="Evidence">The measured and the allowed value, as text.</param>
/// <param name="Margin">
/// Measured ÷ allowed if the bound is a tolerance: near 1 the requirement may soon fail, near 0 the bound may be too loose.
/// </param>
/// <param name="Crashed">True if the subject, or making the case, threw an exception.</param>
public sealed record Verdict(bool Holds, string Evidence, double? Margin = null, bool Crashed = false)
{
    /// <summary>True if the subject lacks what the requirement is about: such a verdict holds, and is counted apart.</summary>
    public bool IsSkipped => SkipReason is not null;

    /// <summary>What the subject lacks; null if it was judged.</summary>
    public string? SkipReason { get; private init; }

    /// <summary>The number that decided; null if it was no number.</summary>
    public Measurement? Measured { get; init; }

    /// <summary>
    /// Where and how strongly the subject fails: numbers in an order that depends on the case only, such as one per position.
    /// Explanations compare their shape. Null without such numbers.
    /// </summary>
    public IReadOnlyList<double>? Pattern { get; init; }

    /// <summary>Returns the verdict on a subject that lacks what the requirement is about.</summary>
    /// <param name="reason">What it lacks, such as "the decoder has no cache".</param>
    public static Verdict Skip(string reason) => new(true, $"skipped: {reason}") { SkipReason = reason };

    /// <summary>Checks a tolerance, the upper bound of an error. NaN never holds.</summary>
    public static Verdict AtMost(double allowed, double measured, string what) =>
        new(
            measured <= allowed, Invariant($"{what} = {measured:G4}, allowed {allowed:G4}"),
            allowed > 0 ? measured / allowed : null)
        {
            Measured = new(what, measured),
        };

    /// <summary>Checks a limit of a count or an amount. Reaching it is no near miss, so it has no margin.</summary>
    public static Verdict AtMost(long limit, long measured, string what) =>
        new(measured <= limit, Invariant($"{what} = {measured}, allowed {limit}")) { Measured = new(what, measured) };

    /// <inheritdoc cref="AtMost(long, long, string)"/>
    public static Verdict AtMost(decimal limit, decimal measured, string what) =>
        new(measured <= limit, Invariant($"{what} = {measured:0.####}, allowed {limit:0.####}"));

    /// <summary>Checks a lower bound. NaN never holds.</summary>
    public static Verdict AtLeast(double required, double measured, string what) =>
        new(measured >= required, Invariant($"{what} = {measured:G4}, required at least {required:G4}"))
        {
            Measured = new(what, measured),
        };

    /// <summary>Checks a range, bounds included.</summary>
    public static Verdict Between(double low, double high, double measured, string what) =>
        new(measured >= low && measured <= high, Invariant($"{what} = {measured:G6}, required {low:G6} … {high:G6}"))
        {
            Measured = new(what, measured),
        };

    /// <summary>Checks that two values are equal.</summary>
    public static Verdict Equal<T>(T expected, T actual, string what) =>
        new(
            EqualityComparer<T>.Default.Equals(expected, actual),
            Invariant($"{what} = {Format(actual)}, required {Format(expected)}"));

    /// <summary>Checks that two sequences are equal, element by element; the evidence is the first difference.</summary>
    public static Verdict SameElements<T>(IReadOnlyList<T> expected, IReadOnlyList<T> actual, string what)
    {
        if (expected.Count != actual.Count)
            return new(false, Invariant($"{what} has {actual.Count} elements, required {expected.Count}"));
        for (var i = 0; i < expected.Count; i++)
            if (!EqualityComparer<T>.Default.Equals(expected[i], actual[i]))
                return new(false, Invariant($"{what}[{i}] = {Format(actual[i])}, required {Format(expected[i])}"));
        return new(true, Invariant($"{what}: {expected.Count} elements equal"));
    }

    /// <summary>Returns a verdict without a number.</summary>
    public static Verdict That(bool holds, string evidence) => new(holds, evidence);

    /// <summary>Returns the verdict for an exception, so that a list of verdicts is always complete.</summary>
    public static Verdict FromException(Exception error) =>
        new(false, $"{error.GetType().Name}: {error.Message.Split('\n')[0]}", Crashed: true);

    /// <summary>Combines verdicts: the first that fails, or else the one nearest its bound.</summary>
    public static Verdict All(params IEnumerable<Verdict> verdicts)
    {
        Verdict? nearest = null;
        foreach (var verdict in verdicts)
        {
            if (!verdict.Holds) return verdict;
            if (nearest is null || (verdict.Margin ?? -1) > (nearest.Margin ?? -1)) nearest = verdict;
        }
        return nearest
            ?? throw new ArgumentException("No verdict was given: a requirement must measure something.", nameof(verdicts));
    }

    private static string Format<T>(T value) => value switch
    {
        string text => $"\"{text}\"",
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value?.ToString() ?? "nothing",
    };
}
