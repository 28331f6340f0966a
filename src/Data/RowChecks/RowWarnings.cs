using TurkishLlm.Files;
using static System.FormattableString;

namespace TurkishLlm.Data.RowChecks;

/// <summary>Sentences about a set of rows that is worse than it should be.</summary>
internal static class RowWarnings
{
    // A small set cannot be diverse.
    private const int MinRows = 100;

    private const double MaxOpeningShare = 0.2, MinDistinct2 = 0.2, MaxRepeated = 0.02, MaxOutliers = 0.02;
    private const int MinEffectiveOpenings = 50;

    public static IEnumerable<string> Create(RowCheckReport report)
    {
        var (rows, diversity) = (report.Verdicts.Count, report.Diversity);
        if (report.Contradictions.Count > 0)
            yield return Quantity.Format(report.Contradictions.Count, "question has", "questions have")
                + " answers that differ. The model will pick between them; correct or remove one of each.";
        if (report.PersonalData.Values.Sum() is > 0 and var found)
            yield return Quantity.Format(found, "place looks", "places look")
                + " like personal data. Mask them with --pii mask, or drop the rows.";
        if (rows < MinRows) yield break;
        var repeated = (double)(report.Count(RowFinding.Duplicate) + report.Count(RowFinding.NearDuplicate)) / rows;
        if (repeated > MaxRepeated)
            yield return Invariant($"{repeated:P1} of the rows repeat an earlier one, so they count several times in training.");
        if (diversity.MostFrequentShare > MaxOpeningShare)
            yield return Invariant($"{diversity.MostFrequentShare:P1} of the questions begin with ")
                + $"\"{diversity.MostFrequentOpening}\". Vary the wording of questions.";
        else if (diversity.EffectiveOpenings < MinEffectiveOpenings && diversity.Questions > 0)
            yield return Invariant($"The openings of the questions are as diverse as {diversity.EffectiveOpenings:F0} equally ")
                + Invariant($"frequent ones; {MinEffectiveOpenings} or more are better.");
        if (diversity.Distinct2 is > 0 and < MinDistinct2)
            yield return Invariant($"Only {diversity.Distinct2:P1} of the word pairs in questions are distinct: the questions ")
                + "follow few templates.";
        var outliers = (double)(report.Count(RowFinding.LengthOutlier) + report.Count(RowFinding.LanguageOutlier)) / rows;
        if (outliers > MaxOutliers)
            yield return Invariant($"{outliers:P1} of the rows are outliers in length or language. Look at them.");
    }
}
