using System.Globalization;
using TorchSharp;

namespace TurkishLlm.Specification;

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

    /// <summary>
    /// Name of the requirements with subjects of one kind, of which each can judge the impostors of all others; null if its
    /// impostors are for its own cases only.
    /// </summary>
    public string? Family { get; private protected init; }

    /// <summary>
    /// True if judging takes seconds: an explanation judges impostors by it only if the real implementation fails no other.
    /// </summary>
    public bool IsSlow { get; private protected init; }

    /// <summary>Where the bug of an impostor usually is, by name of the impostor.</summary>
    public IReadOnlyDictionary<string, string> UsualPlaces { get; init; } =
        System.Collections.ObjectModel.ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Names of the canonical cases.</summary>
    public abstract IReadOnlyList<string> CaseNames { get; }

    /// <summary>Names of the wrong implementations that must fail on every case.</summary>
    public abstract IReadOnlyList<string> ImpostorNames { get; }

    /// <summary>True if the requirement makes cases from a plan.</summary>
    public abstract bool HasPlanCases { get; }

    /// <summary>
    /// Returns the names of all cases under a plan: the canonical ones, then those made from the plan. If making those throws
    /// an exception, they are one case, which fails with the exception as its evidence.
    /// </summary>
    public abstract IReadOnlyList<string> GetCaseNames(Conditions at);

    /// <summary>Judges the real implementation on a case.</summary>
    /// <param name="index">Index of the case in <see cref="GetCaseNames"/>.</param>
    /// <param name="at">The conditions.</param>
    public abstract Verdict Judge(int index, Conditions at);

    /// <summary>Judges a wrong implementation on a case. It must fail by measurement, not by an exception.</summary>
    /// <param name="impostor">Name of the wrong implementation.</param>
    /// <param name="index">Index of the case in <see cref="GetCaseNames"/>.</param>
    /// <param name="at">The conditions.</param>
    public abstract Verdict JudgeImpostor(string impostor, int index, Conditions at);

    /// <summary>Returns the same requirement as one of a family, for explanations.</summary>
    /// <param name="family">Name of the family.</param>
    /// <param name="usualPlaces">Where the bugs of impostors usually are, by name of the impostor.</param>
    /// <param name="isSlow">True if judging takes seconds.</param>
    /// <exception cref="KeyNotFoundException">An impostor has no usual place.</exception>
    public abstract Requirement InFamily(
        string family, IReadOnlyDictionary<string, string> usualPlaces, bool isSlow = false);

    // Judges an impostor of another requirement of the family, or of this one.
    internal abstract Verdict JudgeImpostorOf(Requirement owner, string impostor, int index, Conditions at);

    /// <summary>
    /// Ranks the wrong implementations by how near their measurements are to those of the real implementation, nearest first.
    /// </summary>
    /// <param name="judgments">The judgments of the real implementation on the cases to compare.</param>
    /// <param name="at">Their conditions.</param>
    /// <remarks>It judges all impostors on all these cases, so call it only for a requirement that failed.</remarks>
    public IReadOnlyList<Resemblance> FindResemblances(IReadOnlyList<Judgment> judgments, Conditions at)
    {
        if (judgments.Count == 0) return [];
        var names = GetCaseNames(at).ToList();
        int[] cases = [.. judgments.Select(judgment => names.IndexOf(judgment.CaseName))];
        Verdict[] measured = [.. judgments.Select(judgment => judgment.Verdict)];
        return
        [
            .. ImpostorNames
                .Select(name => Resemblance.Measure(
                    name, measured, [.. cases.Select(i => JudgeImpostor(name, i, at))]))
                .OrderBy(resemblance => resemblance.Distance),
        ];
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Id}: {Statement}";
}

/// <summary>A requirement with typed cases and subjects.</summary>
/// <typeparam name="TCase">The parameters of a case, as plain data.</typeparam>
/// <typeparam name="TSubject">What is judged; usually a function, so that an impostor is a lambda.</typeparam>
public sealed partial class Requirement<TCase, TSubject> : Requirement, ISubjectSource<TSubject>
    where TCase : notnull
{
    /// <summary>
    /// Cases that every test run and every gate judges; none if only cases of a plan make sense.
    /// </summary>
    public required IReadOnlyList<TCase> CanonicalCases { get; init; }

    /// <summary>
    /// Makes further cases from the plan of the run: its own sizes, constants and files. The gate of that run judges them too.
    /// </summary>
    public Func<Conditions, IReadOnlyList<TCase>>? PlanCases { get; init; }

    /// <summary>
    /// Returns the conditions under which canonical cases are judged, for those that need not all of a run, such as its whole
    /// vocabulary; null to judge them under the conditions of the run.
    /// </summary>
    public Func<Conditions, Conditions>? CanonicalConditions { get; init; }

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
    public override bool HasPlanCases => PlanCases is not null;

    /// <inheritdoc/>
    public override IReadOnlyList<string> GetCaseNames(Conditions at)
    {
        try
        {
            return [.. CaseNames, .. GetPlanCases(at).Select(c => "plan: " + GetName(c))];
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            return [.. CaseNames, "cases of the plan"];
        }
    }

    /// <inheritdoc/>
    public override Verdict Judge(int index, Conditions at) =>
        Measure(Subject, () => GetCase(index, at), () => GetConditions(index, at));

    /// <inheritdoc/>
    public override Verdict JudgeImpostor(string impostor, int index, Conditions at) =>
        Measure(Impostors[impostor], () => GetCase(index, at), () => GetConditions(index, at));

    /// <summary>Judges the real implementation on any case, for property tests.</summary>
    public Verdict Judge(TCase c, Conditions at) => Measure(Subject, () => c, () => at);

    internal override Verdict JudgeImpostorOf(Requirement owner, string impostor, int index, Conditions at) => owner switch
    {
        _ when owner == this => JudgeImpostor(impostor, index, at),
        ISubjectSource<TSubject> source => Measure(
            (_, conditions) => source.CreateImpostor(impostor, conditions), () => GetCase(index, at),
            () => GetConditions(index, at)),
        _ => Verdict.Skip("the impostor is of another kind"),
    };

    TSubject ISubjectSource<TSubject>.CreateImpostor(string impostor, Conditions at) =>
        Impostors[impostor](CanonicalCases[0], at);

    private TCase GetCase(int index, Conditions at) =>
        index < CanonicalCases.Count ? CanonicalCases[index] : GetPlanCases(at)[index - CanonicalCases.Count];

    private Conditions GetConditions(int index, Conditions at) =>
        index < CanonicalCases.Count && CanonicalConditions is { } choose ? choose(at) : at;

    private IReadOnlyList<TCase> GetPlanCases(Conditions at) => at.HasPlan && PlanCases is { } create ? create(at) : [];

    private Verdict Measure(Func<TCase, Conditions, TSubject> make, Func<TCase> get, Func<Conditions> choose)
    {
        using var scope = torch.NewDisposeScope();
        TSubject? subject = default;
        try
        {
            var (c, at) = (get(), choose());
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
