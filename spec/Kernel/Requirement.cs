using System.Globalization;
using TorchSharp;

namespace TurkishLlm.Spec.Kernel;

/// <summary>
/// A sentence that must be true of the system, and the predicate that decides it.
/// Tests and the gate only choose cases and conditions; each check exists once.
/// </summary>
public abstract class Requirement
{
    /// <summary>Permanent id, such as <c>P22</c> or <c>ATT-01</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The requirement in one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>Origin: a paper with section, a section of the reference report, ids of silent bugs.</summary>
    public required string Source { get; init; }

    /// <summary>Names of the canonical cases.</summary>
    public abstract IReadOnlyList<string> CaseNames { get; }

    /// <summary>Names of the wrong implementations that must fail on every canonical case.</summary>
    public abstract IReadOnlyList<string> ImpostorNames { get; }

    /// <summary>Judges the real implementation on a canonical case.</summary>
    public abstract Verdict Judge(int canonicalCase, Conditions at);

    /// <summary>Judges a wrong implementation on a canonical case. It must fail by measurement, not by an exception.</summary>
    public abstract Verdict JudgeImpostor(string impostor, int canonicalCase, Conditions at);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Statement}";
}

/// <summary>A requirement with typed cases and subjects.</summary>
/// <typeparam name="TCase">The parameters of a case, as plain data.</typeparam>
/// <typeparam name="TSubject">What is judged; usually a function, so that an impostor is a lambda.</typeparam>
public sealed class Requirement<TCase, TSubject> : Requirement
    where TCase : notnull
{
    /// <summary>Cases that every test run and every gate judges.</summary>
    public required IReadOnlyList<TCase> CanonicalCases { get; init; }

    /// <summary>Creates the real implementation for a case.</summary>
    public required Func<TCase, Conditions, TSubject> Subject { get; init; }

    /// <summary>The predicate. All its randomness comes from <see cref="Conditions.Seed"/>.</summary>
    public required Func<TSubject, TCase, Conditions, Verdict> Holds { get; init; }

    /// <summary>Wrong implementations by name, each with a bug that training would not show.</summary>
    public required Impostors<TCase, TSubject> Impostors { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaseNames => [.. CanonicalCases.Select(GetName)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ImpostorNames => Impostors.Names;

    /// <inheritdoc/>
    public override Verdict Judge(int canonicalCase, Conditions at) => Judge(CanonicalCases[canonicalCase], at);

    /// <inheritdoc/>
    public override Verdict JudgeImpostor(string impostor, int canonicalCase, Conditions at) =>
        Measure(Impostors[impostor], CanonicalCases[canonicalCase], at);

    /// <summary>Judges the real implementation on any case, for property tests.</summary>
    public Verdict Judge(TCase c, Conditions at) => Measure(Subject, c, at);

    private Verdict Measure(Func<TCase, Conditions, TSubject> make, TCase c, Conditions at)
    {
        using var scope = torch.NewDisposeScope();
        TSubject? subject = default;
        try
        {
            subject = make(c, at);
            return Holds(subject, c, at);
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return Verdict.FromException(error);
        }
        finally
        {
            (subject as IDisposable)?.Dispose();
        }
    }

    // Records print their numbers by the culture of the thread; a name is the same everywhere.
    private static string GetName(TCase value)
    {
        var thread = Thread.CurrentThread;
        var culture = thread.CurrentCulture;
        thread.CurrentCulture = CultureInfo.InvariantCulture;
        try
        {
            return value.ToString()!;
        }
        finally
        {
            thread.CurrentCulture = culture;
        }
    }
}
