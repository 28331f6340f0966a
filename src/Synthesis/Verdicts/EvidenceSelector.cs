using TurkishLlm.Synthesis.Chunks;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>
/// Selects the units that support a claim, greedily: the unit that supports the most, then those that support the rest.
/// </summary>
internal static class EvidenceSelector
{
    /// <summary>Maximum number of units for a claim with no more facts than this.</summary>
    public const int MaxUnits = 6;

    private const int FactWeight = 3, MinListItems = 3;

    /// <summary>Selects units for a claim.</summary>
    /// <returns>The units, best first, and the facts that none of them contains.</returns>
    public static (List<TextUnit> Used, HashSet<string> UntracedFacts) Select(Claim claim, TextUnit[] units)
    {
        List<TextUnit> used = [];
        var untracedFacts = new HashSet<string>(claim.Facts, StringComparer.Ordinal);
        var untracedStems = new HashSet<string>(claim.Stems, StringComparer.Ordinal);
        var candidates = FindCandidates(claim, units);
        while (candidates.Length > 0 && used.Count < Math.Max(MaxUnits, claim.Facts.Count)
            && (untracedFacts.Count > 0 || untracedStems.Count > 0))
        {
            var best = candidates.MaxBy(GetGain)!;
            if (GetGain(best) == 0) break;
            used.Add(best.Unit);
            untracedFacts.ExceptWith(best.Facts);
            untracedStems.ExceptWith(best.Stems);
        }
        return (used, untracedFacts);

        int GetGain(Candidate candidate) =>
            FactWeight * candidate.Facts.Count(untracedFacts.Contains) + candidate.Stems.Count(untracedStems.Contains);
    }

    private static Candidate[] FindCandidates(Claim claim, TextUnit[] units)
    {
        var lists = FindLists(claim, units);
        return
        [
            .. units.Select(unit => new Candidate(
                    unit,
                    claim.Stems.Where(stem => Stemmer.Contains(unit.Stems, stem)).ToHashSet(StringComparer.Ordinal),
                    IsRelated(claim, unit, lists) ? [.. claim.Facts.Where(unit.Facts.Contains)] : []))
                .Where(candidate => candidate.Stems.Count + candidate.Facts.Length > 0),
        ];
    }

    // The chunks that contain all facts of a claim with several.
    private static Chunk[] FindLists(Claim claim, TextUnit[] units) => claim.Facts.Count < MinListItems ? [] :
    [
        .. units.GroupBy(unit => unit.Chunk)
            .Where(chunk => claim.Facts.IsSubsetOf(chunk.SelectMany(unit => unit.Facts)))
            .Select(chunk => chunk.Key),
    ];

    // A fact counts only in a unit that is related to the claim: the unit shares a word or a second fact with the claim, or
    // belongs to a chunk that lists all facts of the claim.
    private static bool IsRelated(Claim claim, TextUnit unit, Chunk[] lists) =>
        claim.Stems.Count <= 1 || lists.Contains(unit.Chunk)
        || claim.Stems.Any(stem => Stemmer.Contains(unit.OwnStems, stem)) || claim.Facts.Count(unit.Facts.Contains) > 1;

    private sealed record Candidate(TextUnit Unit, HashSet<string> Stems, string[] Facts);
}
