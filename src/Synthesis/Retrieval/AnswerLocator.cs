using System.Runtime.InteropServices;
using TurkishLlm.Data.Corpus;

namespace TurkishLlm.Synthesis.Retrieval;

/// <summary>
/// Finds the passages that contain an answer, by its words: those with at least half of its runs of three words.
/// </summary>
/// <remarks>
/// An answer that no passage contains to a half is in the passages with most of it, if that is at least 30 %: a long answer may
/// be spread over several passages. An answer of fewer than three words is in many passages by chance; it is looked for in those
/// that share half of the runs of the row's own context. Case, punctuation and spacing are ignored.
/// </remarks>
public sealed class AnswerLocator
{
    private const int Run = 3;
    private const double MostlyContained = 0.5, PartlyContained = 0.3;

    private readonly Dictionary<ulong, List<int>> _passages = [];
    private readonly string[] _words;

    /// <param name="passages">The texts of the passages.</param>
    public AnswerLocator(IReadOnlyList<string> passages)
    {
        ArgumentNullException.ThrowIfNull(passages);
        _words = new string[passages.Count];
        for (var i = 0; i < passages.Count; i++)
        {
            var words = TurkishWords.Split(passages[i]);
            _words[i] = $" {string.Join(' ', words)} ";
            foreach (var run in GetRuns(words))
                (CollectionsMarshal.GetValueRefOrAddDefault(_passages, run, out _) ??= []).Add(i);
        }
    }

    /// <summary>Returns the indices of the passages that contain an answer; empty if none does.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="context">The texts from which the question must be answered; empty if they are unknown.</param>
    public IReadOnlySet<int> Find(string answer, IReadOnlyList<string> context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var words = TurkishWords.Split(answer);
        if (words.Count < Run)
        {
            var text = $" {string.Join(' ', words)} ";
            return context
                .SelectMany(part => FindRuns(GetRuns(TurkishWords.Split(part))))
                .Where(passage => _words[passage].Contains(text, StringComparison.Ordinal))
                .ToHashSet();
        }
        return FindRuns(GetRuns(words)).ToHashSet();
    }

    private IEnumerable<int> FindRuns(HashSet<ulong> runs)
    {
        var found = new Dictionary<int, int>();
        foreach (var run in runs)
            foreach (var passage in _passages.GetValueOrDefault(run) ?? [])
                CollectionsMarshal.GetValueRefOrAddDefault(found, passage, out _)++;
        if (found.Count == 0) return [];
        var most = found.Values.Max();
        if (most < PartlyContained * runs.Count) return [];
        var least = Math.Min(most, MostlyContained * runs.Count);
        return found.Where(passage => passage.Value >= least).Select(passage => passage.Key);
    }

    private static HashSet<ulong> GetRuns(IReadOnlyList<string> words)
    {
        var runs = new HashSet<ulong>();
        for (var i = 0; i + Run <= words.Count; i++)
        {
            // FNV-1a over the words, each followed by a zero.
            var hash = 14695981039346656037UL;
            for (var word = i; word < i + Run; word++)
                foreach (var letter in words[word].Append('\0')) hash = unchecked((hash ^ letter) * 1099511628211UL);
            runs.Add(hash);
        }
        return runs;
    }
}
