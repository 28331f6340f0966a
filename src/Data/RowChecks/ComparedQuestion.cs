using System.Collections.Frozen;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Data.RowChecks;

/// <summary>A question, prepared for the comparison with others.</summary>
/// <remarks>
/// Questions match if their letter trigrams reach a Jaccard similarity, their numbers and codes are equal, and every word of one
/// has a counterpart in the other: the same word, or another form of it. So questions made from one template about different
/// things do not match, and neither do questions that differ in the interrogative. Of more than 40 words, one in 40 may lack a
/// counterpart. Spec: SFT-50.
/// </remarks>
public sealed class ComparedQuestion
{
    private const int WordsPerException = 40;

    // Words that change the tone of a question, not its meaning.
    private static readonly FrozenSet<string> Fillers =
        FrozenSet.ToFrozenSet(["lütfen", "acaba", "peki", "bana", "merhaba", "selam"], StringComparer.Ordinal);

    private readonly string _words;
    private readonly HashSet<string> _exact;

    /// <param name="question">The text of the question.</param>
    public ComparedQuestion(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        _words = ComparableWords.Create(question);
        _exact = ExactWords.Extract(question);
        Trigrams = LetterTrigrams.Create(_words);
    }

    /// <summary>The words in lower case, separated by spaces.</summary>
    internal string Words => _words;

    /// <summary>Numbers and codes, in ordinal order: equal for questions that match.</summary>
    internal IEnumerable<string> ExactParts => _exact.Order(StringComparer.Ordinal);

    /// <summary>The letter trigrams.</summary>
    internal LetterTrigrams Trigrams { get; }

    /// <summary>Decides whether two questions match.</summary>
    /// <param name="other">The other question.</param>
    /// <param name="similarity">Smallest Jaccard similarity of the letter trigrams, above 0 and at most 1.</param>
    public bool Matches(ComparedQuestion other, double similarity)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _words == other._words
            || (_exact.SetEquals(other._exact)
                && Trigrams.ComputeJaccard(other.Trigrams) >= similarity
                && HaveCounterparts(_words, other._words));
    }

    private static bool HaveCounterparts(string a, string b)
    {
        var (own, others) = (CountWords(a), CountWords(b));
        foreach (var word in own.Keys.Intersect(others.Keys).ToArray())
        {
            var shared = Math.Min(own[word], others[word]);
            own[word] -= shared;
            others[word] -= shared;
        }
        List<string> left = [.. Repeat(own)], right = [.. Repeat(others)];
        left.RemoveAll(word => right.FindIndex(other => WordForms.AreSame(word, other)) is >= 0 and var counterpart
            && Remove(right, counterpart));
        var exceptions = Math.Max(a.AsSpan().Count(' '), b.AsSpan().Count(' ')) / WordsPerException;
        return Math.Max(left.Count, right.Count) <= exceptions;
    }

    private static bool Remove(List<string> words, int index)
    {
        words.RemoveAt(index);
        return true;
    }

    private static Dictionary<string, int> CountWords(string words) =>
        words.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Where(word => !Fillers.Contains(word))
            .CountBy(word => word, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);

    private static IEnumerable<string> Repeat(Dictionary<string, int> counts) =>
        counts.OrderBy(word => word.Key, StringComparer.Ordinal).SelectMany(word => Enumerable.Repeat(word.Key, word.Value));
}
