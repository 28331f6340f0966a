using TorchSharp;

namespace TurkishLlm.Spec.Kernel;

/// <summary>
/// One sentence the system must satisfy, and the predicate that decides it.
/// Tests and the gate only choose cases and conditions; there is one copy of each check.
/// </summary>
public abstract class Requirement
{
    /// <summary>Number for ever, such as <c>P22</c> or <c>ATT-01</c>.</summary>
    public required string Id { get; init; }

    /// <summary>The requirement in one sentence.</summary>
    public required string Statement { get; init; }

    /// <summary>Where it comes from: a paper with section, a part of the reference report, a row of the bug catalogue.</summary>
    public required string Source { get; init; }

    /// <summary>The canonical cases, as text.</summary>
    public abstract IReadOnlyList<string> CaseNames { get; }

    /// <summary>The wrong implementations that must be refuted on every canonical case.</summary>
    public abstract IReadOnlyList<string> ImpostorNames { get; }

    /// <summary>Judges the real implementation on a canonical case.</summary>
    public abstract Verdict Judge(int canonicalCase, Conditions at);

    /// <summary>Judges a wrong implementation on a canonical case: it must not hold, by measurement and not by a crash.</summary>
    public abstract Verdict JudgeImpostor(string impostor, int canonicalCase, Conditions at);

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Statement}";
}

/// <summary>A requirement over cases of one type, judged on subjects of one type.</summary>
/// <typeparam name="TCase">What varies: plain data.</typeparam>
/// <typeparam name="TSubject">What is judged; usually a function, so that an impostor is one lambda.</typeparam>
public sealed class Requirement<TCase, TSubject> : Requirement
    where TCase : notnull
{
    /// <summary>Cases that every test run and every gate judges.</summary>
    public required IReadOnlyList<TCase> CanonicalCases { get; init; }

    /// <summary>Makes the real implementation for a case.</summary>
    public required Func<TCase, Conditions, TSubject> Subject { get; init; }

    /// <summary>The predicate. Nothing in it is random but through <see cref="Conditions.Seed"/>.</summary>
    public required Func<TSubject, TCase, Conditions, Verdict> Holds { get; init; }

    /// <summary>Wrong implementations by name, each a bug that training would not show.</summary>
    public required IReadOnlyDictionary<string, Func<TCase, Conditions, TSubject>> Impostors { get; init; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> CaseNames => [.. CanonicalCases.Select(c => c.ToString()!)];

    /// <inheritdoc/>
    public override IReadOnlyList<string> ImpostorNames => [.. Impostors.Keys];

    /// <inheritdoc/>
    public override Verdict Judge(int canonicalCase, Conditions at) => Judge(CanonicalCases[canonicalCase], at);

    /// <inheritdoc/>
    public override Verdict JudgeImpostor(string impostor, int canonicalCase, Conditions at) =>
        Measure(Impostors[impostor], CanonicalCases[canonicalCase], at);

    /// <summary>Judges the real implementation on any case; random cases come this way.</summary>
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
}
