namespace TurkishLlm.Spec.Plans;

/// <summary>Finds the impostors that explain why the gate is closed, in limited time.</summary>
public static class GateResemblances
{
    /// <summary>Expected time for all impostors of a report.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Judges the impostors of each failed requirement on its quickest failed case, quick requirements first, as long as the
    /// time that this is expected to take is within <see cref="Limit"/>.
    /// </summary>
    /// <param name="judgments">All judgments.</param>
    /// <param name="at">Their conditions.</param>
    /// <returns>The nearest impostor by requirement, without those that are not near.</returns>
    public static IReadOnlyDictionary<Requirement, Resemblance> Find(IReadOnlyList<Judgment> judgments, Conditions at)
    {
        var failed = judgments.Where(judgment => !judgment.Verdict.Holds)
            .GroupBy(judgment => judgment.Requirement, (_, cases) => cases.MinBy(judgment => judgment.Elapsed)!)
            .OrderBy(GetExpectedTime);
        var found = new Dictionary<Requirement, Resemblance>();
        var expected = TimeSpan.Zero;
        foreach (var judgment in failed)
        {
            expected += GetExpectedTime(judgment);
            if (expected > Limit) break;
            if (judgment.Requirement.FindResemblances([judgment], at) is [{ Distance: <= Resemblance.Far } nearest, ..])
                found.Add(judgment.Requirement, nearest);
        }
        return found;
    }

    private static TimeSpan GetExpectedTime(Judgment judgment) => judgment.Elapsed * judgment.Requirement.ImpostorNames.Count;
}
