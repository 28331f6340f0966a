using System.Globalization;
using System.Text.RegularExpressions;
using TurkishLlm.Synthesis.Chunks;
using TurkishLlm.Synthesis.Documentation;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A range of the text of a chunk that supports a claim.</summary>
/// <param name="ChunkId">Id of the chunk.</param>
/// <param name="Start">Index of the first character.</param>
/// <param name="Length">Number of characters.</param>
public sealed record Evidence(string ChunkId, int Start, int Length);

/// <summary>A claim of an answer with the evidence for it.</summary>
/// <param name="Text">The claim.</param>
/// <param name="Evidence">The ranges that support it.</param>
/// <param name="Problem">What the chunks do not support; empty if they support the whole claim.</param>
public sealed record TracedClaim(string Text, IReadOnlyList<Evidence> Evidence, string Problem);

/// <summary>
/// Traces the claims of answers to chunks, by rules. A claim is a sentence or a list item. Its numbers, codes and names must
/// occur in at most <see cref="EvidenceSelector.MaxUnits"/> related sentences, items or table rows (for a list, one per item).
/// Most of its other words must occur there, in the headings, or in the question. No verb may be negated in one of the texts and
/// affirmed in the other.
/// </summary>
/// <remarks>
/// The rules find a changed number, code or name, an invented sentence and most negations. They do not find a sentence that puts
/// correct words into a wrong relation; the judge does. If the chunks and the answer are in different languages, only numbers and
/// codes can be traced, so the answer must have at least one. Spec: SYN-05.
/// </remarks>
public sealed partial class GroundingChecker
{
    private const double MinShare = 0.6;

    private readonly Dictionary<string, List<TextUnit>> _units = new(StringComparer.Ordinal);

    /// <summary>Traces the claims of an answer.</summary>
    /// <param name="turn">The answer, with its question.</param>
    /// <param name="chunks">Chunks that may support it.</param>
    public IReadOnlyList<TracedClaim> Trace(QaTurn turn, IReadOnlyList<Chunk> chunks)
    {
        ArgumentNullException.ThrowIfNull(turn);
        ArgumentNullException.ThrowIfNull(chunks);
        var units = chunks.SelectMany(GetUnits).ToArray();
        if (chunks.All(chunk => chunk.Language != "tr")) return [TraceFacts(turn.Answer, units)];
        var question = Stemmer.Extract(turn.Question).ToHashSet(StringComparer.Ordinal);
        return [.. SplitClaims(turn.Answer).Select(claim => Trace(new Claim(claim), question, units))];
    }

    /// <summary>Returns the fraction of the words of a question that occur in a chunk, 0 … 1.</summary>
    public static double ComputeRelevance(string question, Chunk chunk)
    {
        ArgumentNullException.ThrowIfNull(question);
        ArgumentNullException.ThrowIfNull(chunk);
        var words = Stemmer.Extract(question).Concat(Facts.Extract(question)).ToHashSet(StringComparer.Ordinal);
        var known = Stemmer.Extract($"{chunk.Breadcrumb} {chunk.Text}").Concat(Facts.Extract(chunk.Text))
            .ToHashSet(StringComparer.Ordinal);
        return words.Count == 0 ? 1 : (double)words.Count(word => Stemmer.Contains(known, word)) / words.Count;
    }

    private List<TextUnit> GetUnits(Chunk chunk)
    {
        lock (_units)
            return _units.TryGetValue(chunk.ChunkId, out var units) ? units : _units[chunk.ChunkId] = [.. TextUnit.Split(chunk)];
    }

    // "Adımlar şunlardır:" claims nothing by itself.
    private static IEnumerable<string> SplitClaims(string answer) =>
        Sentences.Split(answer).Where(sentence => !sentence.EndsWith(':') || Facts.Extract(sentence).Any());

    private static TracedClaim TraceFacts(string answer, TextUnit[] units)
    {
        var facts = Facts.ExtractFigures(answer).ToHashSet(StringComparer.Ordinal);
        var places = units.Where(unit => unit.Facts.Overlaps(facts)).ToArray();
        return new(answer, [.. places.Select(ToEvidence)], FindProblem());

        string FindProblem()
        {
            if (facts.Count == 0) return "no number or code, and the chunk is in another language";
            var missing = facts.FirstOrDefault(fact => !Array.Exists(places, unit => unit.Facts.Contains(fact)));
            return missing is null ? "" : $"\"{missing}\" is not in the chunks";
        }
    }

    private static TracedClaim Trace(Claim claim, HashSet<string> question, TextUnit[] units)
    {
        if (claim.IsEmpty) return new(claim.Text, [], "");
        var (used, untracedFacts) = EvidenceSelector.Select(claim, units);
        if (used.Count == 0) return new(claim.Text, [], "the chunks do not mention it");
        var problem = FindMissingFact(claim, untracedFacts, used, units)
            ?? FindMissingName(claim, question, used, units)
            ?? FindMissingWords(claim, question, used)
            ?? FindContradiction(claim, used);
        return new(claim.Text, [.. used.Select(ToEvidence)], problem ?? "");
    }

    private static string? FindMissingFact(Claim claim, HashSet<string> untracedFacts, List<TextUnit> used, TextUnit[] units)
    {
        var missing = untracedFacts.FirstOrDefault(fact =>
            !IsInHeading(fact, used) && !IsItemCount(claim.Text, fact, used, units));
        return missing is null ? null : $"\"{missing}\" is not in the chunks";
    }

    private static string? FindMissingName(Claim claim, HashSet<string> question, List<TextUnit> used, TextUnit[] units)
    {
        var missing = claim.Names.FirstOrDefault(name =>
            !Stemmer.Contains(question, name) && !IsNameSupported(name, claim, used, units));
        return missing is null ? null : $"the name \"{missing}…\" is not in the chunks";
    }

    private static string? FindMissingWords(Claim claim, HashSet<string> question, List<TextUnit> used)
    {
        var headings = used.Select(unit => unit.Chunk).Distinct().SelectMany(GetHeadingStems);
        var known = used.SelectMany(unit => unit.Stems).Concat(headings).ToHashSet(StringComparer.Ordinal);
        var unknown = claim.Stems.Where(stem => !Stemmer.Contains(known, stem) && !Stemmer.Contains(question, stem)).ToArray();
        return claim.Stems.Count - unknown.Length < MinShare * claim.Stems.Count
            ? $"too many words are not in the chunks: {string.Join(", ", unknown.Select(stem => stem + "…"))}"
            : null;
    }

    private static string? FindContradiction(Claim claim, List<TextUnit> used)
    {
        var verb = Negation.FindDifference(claim.Text, string.Join(' ', used.Select(unit => unit.Words)));
        return verb is null ? null : $"negated in the answer or in the chunks, but not in both: {verb}…";
    }

    // A name is supported by a unit that also shares something else with the claim, not by another row of the same table.
    private static bool IsNameSupported(string name, Claim claim, List<TextUnit> used, TextUnit[] units)
    {
        if (used.Exists(unit => GetHeadingStems(unit.Chunk).Any(stem => Stemmer.IsSameStem(stem, name)))) return true;
        var others = claim.Stems.Where(stem => !Stemmer.IsSameStem(stem, name)).ToArray();
        return Array.Exists(units, unit => Stemmer.Contains(unit.Stems, name) && (unit.Facts.Overlaps(claim.Facts)
            || others.Count(stem => Stemmer.Contains(unit.Stems, stem)) >= Math.Min(2, others.Length)));
    }

    private static IEnumerable<string> GetHeadingStems(Chunk chunk) => Stemmer.Extract(GetHeadings(chunk));

    private static bool IsInHeading(string fact, List<TextUnit> used) =>
        used.Exists(unit => Facts.Extract(GetHeadings(unit.Chunk)).Contains(fact));

    private static string GetHeadings(Chunk chunk) => $"{chunk.Breadcrumb} {chunk.SectionHeading}";

    // "Dört grup vardır", "Süreç beş adımdır": an answer may count the items that a chunk lists.
    private static bool IsItemCount(string claim, string fact, List<TextUnit> used, TextUnit[] units) =>
        CountingRegex().IsMatch(TurkishCase.ToLower(claim))
        && int.TryParse(fact, CultureInfo.InvariantCulture, out var number) && number is >= 2 and <= 30
        && used.Exists(unit => Array.FindAll(units, other => other.Chunk == unit.Chunk && other.IsItem).Length == number);

    [GeneratedRegex(@"\b(vardır|oluşur|bulunur|ayrılır|sayılır|adımdır|adımda|adet|tane|türdür|şunlardır)\b")]
    private static partial Regex CountingRegex();

    private static Evidence ToEvidence(TextUnit unit) => new(unit.Chunk.ChunkId, unit.Start, unit.Length);
}
