namespace TurkishLlm.Specification;

/// <summary>A wrong implementation that fails as the real one does.</summary>
/// <param name="Requirement">The requirement that has it as an impostor.</param>
/// <param name="Impostor">Its name.</param>
/// <param name="Distance">0 if it fails the same requirements with the same measurements, 1 if it has nothing in common.</param>
/// <param name="Evidence">Id of a requirement that the real implementation fails, and what the impostor measures there.</param>
/// <param name="UsualPlace">Where such a bug usually is; null if unknown.</param>
public sealed record Explanation(
    Requirement Requirement, string Impostor, double Distance, string Evidence, string? UsualPlace)
{
    /// <summary>
    /// Ranks the impostors of the failed requirements of a family, nearest first. All requirements of the family judge each of
    /// them, slow ones only if no other fails. The distance is the mean of two: the share of requirements that only one of both
    /// fails, and the distance of the measurements where both fail.
    /// </summary>
    /// <param name="judgments">The judgments, also those that hold: what does not fail rules impostors out.</param>
    /// <param name="at">The conditions.</param>
    /// <remarks>It judges many impostors, which takes seconds, so call it only after a failure.</remarks>
    public static IReadOnlyList<Explanation> Rank(IReadOnlyList<Judgment> judgments, Conditions at)
    {
        var families = judgments.Where(judgment => judgment.Requirement.Family is not null)
            .GroupBy(judgment => judgment.Requirement)
            .Select(group => JudgedRequirement.Read(group.Key, [.. group]))
            .OfType<JudgedRequirement>()
            .GroupBy(judged => judged.Requirement.Family);
        return
        [
            .. families.SelectMany(family => RankFamily([.. family], at)).OrderBy(explanation => explanation.Distance),
        ];
    }

    private static IEnumerable<Explanation> RankFamily(IReadOnlyList<JudgedRequirement> family, Conditions at)
    {
        var failed = family.Where(judged => !judged.Verdict.Holds).ToArray();
        var isSlow = failed.All(judged => judged.Requirement.IsSlow);
        var compared = family.Where(judged => !judged.Requirement.IsSlow || (isSlow && !judged.Verdict.Holds)).ToArray();
        return
            from owner in failed
            from impostor in owner.Requirement.ImpostorNames
            select Compare(owner.Requirement, impostor, compared, at);
    }

    private static Explanation Compare(
        Requirement owner, string impostor, IReadOnlyList<JudgedRequirement> compared, Conditions at)
    {
        var (common, different, distance, evidence) = (0, 0, 0.0, "");
        foreach (var judged in compared)
        {
            var wrong = judged.Requirement.JudgeImpostorOf(owner, impostor, judged.Index, at);
            if (!judged.Verdict.Holds && (judged.Requirement == owner || (evidence.Length == 0 && !wrong.Holds)))
                evidence = $"{judged.Requirement.Id}: {wrong.Evidence}";
            if (judged.Verdict.Holds && wrong.Holds) continue;
            if (judged.Verdict.Holds != wrong.Holds)
            {
                different++;
                continue;
            }
            common++;
            distance += Resemblance.Compare(judged.Verdict, wrong);
        }
        var sets = (double)different / Math.Max(1, common + different);
        return new(
            owner, impostor, common == 0 ? 1 : 0.5 * sets + 0.5 * distance / common, evidence,
            owner.UsualPlaces.GetValueOrDefault(impostor));
    }

    // The verdict on a case: the first that fails, or else the first.
    private sealed record JudgedRequirement(Requirement Requirement, int Index, Verdict Verdict)
    {
        public static JudgedRequirement? Read(Requirement requirement, IReadOnlyList<Judgment> judgments)
        {
            var names = requirement.CaseNames;
            var canonical = judgments.Where(judgment => !judgment.IsPlanCase && !judgment.Verdict.IsSkipped).ToArray();
            var chosen = canonical.FirstOrDefault(judgment => !judgment.Verdict.Holds) ?? canonical.FirstOrDefault();
            return chosen is null ? null : new(requirement, names.ToList().IndexOf(chosen.CaseName), chosen.Verdict);
        }
    }
}
