using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A place in a chunk that a claim was traced to.</summary>
/// <param name="ChunkId">The chunk.</param>
/// <param name="Start">First character of its text.</param>
/// <param name="Length">Characters.</param>
public sealed record Evidence(string ChunkId, int Start, int Length);

/// <summary>A claim of an answer and where it was found.</summary>
/// <param name="Text">The claim.</param>
/// <param name="Evidence">The places that say it.</param>
/// <param name="Problem">What no place says; empty when all is said.</param>
public sealed record TracedClaim(string Text, IReadOnlyList<Evidence> Evidence, string Problem);

/// <summary>
/// Traces every claim of an answer to places in chunks, by rules. A claim is a sentence or a list item. Its numbers, codes and names
/// must stand in at most <see cref="MaxUnits"/> sentences, items or table rows that are about the same (in a list, one for each); most of its other words
/// must stand there, in the headings, or in the question; and no verb may be denied here and affirmed there.
/// </summary>
/// <remarks>
/// What rules see and what they do not: a changed number, code or name, an invented sentence and most turned negations are found; a
/// sentence of right words in a wrong relation is not. That is what the judge is for. Of chunks in another language than the answer
/// only numbers and codes can be traced, so an answer about them must have at least one. Spec: SYN-05.
/// </remarks>
public sealed partial class GroundingChecker
{
    private const int MaxUnits = 6, MinListItems = 3;
    private const double MinShare = 0.6;

    private readonly Dictionary<string, List<TextUnit>> _units = new(StringComparer.Ordinal);

    /// <summary>Traces an answer.</summary>
    /// <param name="turn">The answer, with its question.</param>
    /// <param name="chunks">Chunks that may say it.</param>
    public IReadOnlyList<TracedClaim> Trace(QaTurn turn, IReadOnlyList<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(chunks);
        var units = chunks.SelectMany(GetUnits).ToArray();
        if (chunks.All(chunk => chunk.Language != "tr")) return [TraceFacts(turn.Answer, units)];
        var question = Stemmer.Extract(turn.Question).ToHashSet(StringComparer.Ordinal);
        return [.. SplitClaims(turn.Answer).Select(claim => Trace(claim, question, units))];
    }

    /// <summary>Share of the words of a question that a chunk has: how much it is about the same, 0 … 1.</summary>
    public static double ComputeRelevance(string question, Chunk chunk)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(chunk);
        var words = Stemmer.Extract(question).Concat(Facts.Extract(question)).ToHashSet(StringComparer.Ordinal);
        var known = Stemmer.Extract($"{chunk.Breadcrumb} {chunk.Text}").Concat(Facts.Extract(chunk.Text)).ToHashSet(StringComparer.Ordinal);
        return words.Count == 0 ? 1 : (double)words.Count(word => HasStem(known, word)) / words.Count;
    }

    private List<TextUnit> GetUnits(Chunk chunk)
    {
        lock (_units) return _units.TryGetValue(chunk.ChunkId, out var units) ? units : _units[chunk.ChunkId] = [.. TextUnit.Split(chunk)];
    }

    // "Adımlar şunlardır:" says nothing by itself.
    private static IEnumerable<string> SplitClaims(string answer) => Sentences.Split(answer).Where(sentence => !sentence.EndsWith(':') || Facts.Extract(sentence).Any());

    private static TracedClaim TraceFacts(string answer, TextUnit[] units)
    {
        var facts = Facts.ExtractFigures(answer).ToHashSet(StringComparer.Ordinal);
        var places = units.Where(unit => unit.Facts.Overlaps(facts)).ToArray();
        var missing = facts.FirstOrDefault(fact => !Array.Exists(places, unit => unit.Facts.Contains(fact)));
        return new(answer, [.. places.Select(ToEvidence)], facts.Count == 0 ? "no number or code, and the chunk is in another language" : missing is null ? "" : $"\"{missing}\" is not said");
    }

    private static TracedClaim Trace(string claim, HashSet<string> question, TextUnit[] units)
    {
        var facts = Facts.Extract(claim).ToHashSet(StringComparer.Ordinal);
        var names = FindNames(claim).ToHashSet(StringComparer.Ordinal);
        var stems = Stemmer.Extract(claim).ToHashSet(StringComparer.Ordinal);
        if (facts.Count == 0 && stems.Count <= 1) return new(claim, [], "");

        var (used, open) = Choose(facts, stems, units);
        if (used.Count == 0) return new(claim, [], "nothing speaks of it");
        var known = new HashSet<string>(used.SelectMany(unit => unit.Stems).Concat(used.Select(unit => unit.Chunk).Distinct().SelectMany(GetHeadingStems)), StringComparer.Ordinal);
        var evidence = used.Select(ToEvidence).ToArray();

        if (open.FirstOrDefault(fact => !IsInHeading(fact, used) && !IsItemCount(claim, fact, used, units)) is { } missing) return new(claim, evidence, $"\"{missing}\" is not said");
        if (names.FirstOrDefault(name => !HasStem(question, name) && !IsNameSupported(name, stems, facts, used, units)) is { } name) return new(claim, evidence, $"the name \"{name}…\" is not said");
        var unknown = stems.Where(stem => !HasStem(known, stem) && !HasStem(question, stem)).ToArray();
        if (stems.Count - unknown.Length < MinShare * stems.Count) return new(claim, evidence, $"too much is not said: {string.Join(", ", unknown.Select(stem => stem + "…"))}");
        return Negation.FindDifference(claim, string.Join(' ', used.Select(unit => unit.Words))) is { } verb ? new(claim, evidence, $"denied here and affirmed there, or the other way: {verb}…") : new(claim, evidence, "");
    }

    // The unit that says the most first, then what is still missing. A number from a place that is not about the claim does not
    // count: the place has a word of the claim, or a second number of it, or lists what the claim lists.
    private static (List<TextUnit> Used, HashSet<string> Missing) Choose(HashSet<string> facts, HashSet<string> stems, TextUnit[] units)
    {
        const int weightOfFact = 3;
        List<TextUnit> used = [];
        var (openFacts, openStems) = (new HashSet<string>(facts, StringComparer.Ordinal), new HashSet<string>(stems, StringComparer.Ordinal));
        var lists = facts.Count >= MinListItems ? units.GroupBy(unit => unit.Chunk).Where(chunk => facts.IsSubsetOf(chunk.SelectMany(unit => unit.Facts))).Select(chunk => chunk.Key).ToArray() : [];
        var candidates = units.Select(unit => (
                Unit: unit,
                About: stems.Where(stem => HasStem(unit.Stems, stem)).ToHashSet(StringComparer.Ordinal),
                Said: stems.Count <= 1 || lists.Contains(unit.Chunk) || stems.Any(stem => HasStem(unit.OwnStems, stem)) || facts.Count(unit.Facts.Contains) > 1 ? facts.Where(unit.Facts.Contains).ToArray() : []))
            .Where(candidate => candidate.About.Count + candidate.Said.Length > 0).ToArray();
        while (candidates.Length > 0 && used.Count < Math.Max(MaxUnits, facts.Count) && (openFacts.Count > 0 || openStems.Count > 0))
        {
            var best = candidates.Select(candidate => (candidate.Unit, candidate.About, candidate.Said, Gain: weightOfFact * candidate.Said.Count(openFacts.Contains) + candidate.About.Count(openStems.Contains)))
                .MaxBy(candidate => candidate.Gain);
            if (best.Gain == 0) break;
            used.Add(best.Unit);
            openFacts.ExceptWith(best.Said);
            openStems.ExceptWith(best.About);
        }
        return (used, openFacts);
    }

    // A name counts where it is said together with something else of the claim, not in another row of the same table.
    private static bool IsNameSupported(string name, HashSet<string> stems, HashSet<string> facts, List<TextUnit> used, TextUnit[] units)
    {
        var others = stems.Where(stem => !Stemmer.IsSameStem(stem, name)).ToArray();
        return used.Exists(unit => GetHeadingStems(unit.Chunk).Any(stem => Stemmer.IsSameStem(stem, name)))
            || Array.Exists(units, unit => HasStem(unit.Stems, name) && (unit.Facts.Overlaps(facts) || others.Count(stem => HasStem(unit.Stems, stem)) >= Math.Min(2, others.Length)));
    }

    private static bool HasStem(HashSet<string> known, string stem) => known.Contains(stem) || known.Any(other => Stemmer.IsSameStem(other, stem));

    private static IEnumerable<string> GetHeadingStems(Chunk chunk) => Stemmer.Extract($"{chunk.Breadcrumb} {chunk.SectionHeading}");

    private static bool IsInHeading(string fact, List<TextUnit> used) => used.Exists(unit => Facts.Extract($"{unit.Chunk.Breadcrumb} {unit.Chunk.SectionHeading}").Contains(fact));

    // "Dört grup vardır", "Süreç beş adımdır": an answer may count what a chunk lists.
    private static bool IsItemCount(string claim, string fact, List<TextUnit> used, TextUnit[] units) =>
        CountingRegex().IsMatch(TurkishCase.ToLower(claim)) && int.TryParse(fact, CultureInfo.InvariantCulture, out var number) && number is >= 2 and <= 30
        && used.Exists(unit => Array.FindAll(units, other => other.Chunk == unit.Chunk && IsItem(other)).Length == number);

    private static bool IsItem(TextUnit unit) => unit.Chunk.Text[unit.Start] == '|' || unit.Words.TrimStart() is ['-' or '*', ..] or [>= '0' and <= '9', '.' or ')', ..] or [>= '0' and <= '9', >= '0' and <= '9', '.' or ')', ..];

    // A capital within a sentence makes a name.
    private static IEnumerable<string> FindNames(string claim)
    {
        var first = true;
        foreach (var word in Words.Split(claim))
        {
            if (!first && word.Length > 1 && char.IsUpper(word[0]) && char.IsLower(word[1]) && TurkishCase.ToLower(word) is var lower && !Stemmer.IsFunctionWord(lower)) yield return Stemmer.GetStem(lower);
            first = false;
        }
    }

    [GeneratedRegex(@"\b(vardır|oluşur|bulunur|ayrılır|sayılır|adımdır|adımda|adet|tane|türdür|şunlardır)\b")]
    private static partial Regex CountingRegex();

    private static Evidence ToEvidence(TextUnit unit) => new(unit.Chunk.ChunkId, unit.Start, unit.Length);
}
