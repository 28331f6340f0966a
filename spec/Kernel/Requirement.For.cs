namespace TurkishLlm.Specification;

public sealed partial class Requirement<TCase, TSubject>
{
    /// <summary>Returns the same requirement of another implementation: same id, cases and impostors.</summary>
    /// <param name="subject">Creates the implementation for a case.</param>
    /// <param name="planCases">Makes cases from a plan; those of this requirement if it is null.</param>
    public Requirement<TCase, TSubject> For(
        Func<TCase, Conditions, TSubject> subject, Func<Conditions, IReadOnlyList<TCase>>? planCases = null) =>
        Copy(subject, planCases ?? PlanCases, Family, UsualPlaces, IsSlow);

    /// <inheritdoc/>
    public override Requirement<TCase, TSubject> InFamily(
        string family, IReadOnlyDictionary<string, string> usualPlaces, bool isSlow = false)
    {
        var places = ImpostorNames.ToDictionary(name => name, name => usualPlaces[name], StringComparer.Ordinal);
        return Copy(Subject, PlanCases, family, places, isSlow);
    }

    /// <summary>
    /// Returns the same requirement on cases of another type, such as those with options of an implementation: same id and
    /// impostors.
    /// </summary>
    /// <param name="canonicalCases">The canonical cases.</param>
    /// <param name="convert">Returns the case of this requirement.</param>
    /// <param name="subject">Creates the implementation for a case.</param>
    /// <param name="planCases">Makes cases from a plan, or null.</param>
    public Requirement<TOther, TSubject> ForCases<TOther>(
        IReadOnlyList<TOther> canonicalCases, Func<TOther, TCase> convert, Func<TOther, Conditions, TSubject> subject,
        Func<Conditions, IReadOnlyList<TOther>>? planCases = null)
        where TOther : notnull => new()
    {
        Id = Id,
        Statement = Statement,
        Source = Source,
        CanonicalCases = canonicalCases,
        PlanCases = planCases,
        CanonicalConditions = CanonicalConditions,
        Subject = subject,
        Holds = (judged, c, at) => Holds(judged, convert(c), at),
        Family = Family,
        IsSlow = IsSlow,
        UsualPlaces = UsualPlaces,
        Impostors = Impostors<TOther, TSubject>.Create(Impostors, create => (c, at) => create(convert(c), at)),
    };

    private Requirement<TCase, TSubject> Copy(
        Func<TCase, Conditions, TSubject> subject, Func<Conditions, IReadOnlyList<TCase>>? planCases, string? family,
        IReadOnlyDictionary<string, string> usualPlaces, bool isSlow) => new()
    {
        Id = Id,
        Statement = Statement,
        Source = Source,
        CanonicalCases = CanonicalCases,
        PlanCases = planCases,
        CanonicalConditions = CanonicalConditions,
        Subject = subject,
        Holds = Holds,
        Impostors = Impostors,
        Family = family,
        IsSlow = isSlow,
        UsualPlaces = usualPlaces,
    };
}
